import { refuseLongCapsules } from "./outer-layer.ts";
import type { PackageServerSession, PackageStream } from "./package-face.ts";
import { WebTransportPipe } from "./pipe.ts";
import { endSession } from "./session-end.ts";

/**
 * A session that somebody opened. Its first stream is the pipe. Nobody of ours sends anything else: a datagram or
 * another stream ends the connection, so that nothing of it is kept.
 */
export class ServerSession {
  readonly #session: PackageServerSession;
  readonly #cut: () => void;
  #stream: PackageStream | undefined;
  #pipe: WebTransportPipe | undefined;

  /** @param cut ends the connection under it at once. */
  constructor(session: PackageServerSession, cut: () => void, onPipe: (pipe: WebTransportPipe) => void) {
    this.#session = session;
    this.#cut = cut;
    session.ready.catch(() => undefined);
    this.closed = session.closed.then(
      () => undefined,
      () => undefined,
    );
    void this.closed.then(() => {
      this.#pipe?.destroy();
      cut();
    });
    void this.#serve(onPipe).catch(() => this.destroy());
    refuseLongCapsules(session, () => this.destroy());
    this.#drain(session.datagrams.readable);
    this.#drain(session.incomingUnidirectionalStreams);
  }

  readonly closed: Promise<void>;

  /** The stream of the pipe, as the package gave it. */
  get stream(): PackageStream | undefined {
    return this.#stream;
  }

  destroy(): void {
    this.#cut();
    endSession(this.#session, this.#cut);
    this.#pipe?.destroy();
  }

  async #serve(onPipe: (pipe: WebTransportPipe) => void): Promise<void> {
    const streams = this.#session.incomingBidirectionalStreams.getReader();
    const { value } = await streams.read();
    if (value === undefined) return;
    this.#stream = value;
    this.#pipe = new WebTransportPipe(value, () => endSession(this.#session, this.#cut));
    onPipe(this.#pipe);
    for (;;) {
      const another = await streams.read();
      if (another.done) return;
      await this.#cancel(another.value.readable);
    }
  }

  #drain(readable: ReadableStream<unknown>): void {
    const reader = readable.getReader();
    const next = async (): Promise<void> => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        await this.#cancel(value);
      }
    };
    next().catch(() => this.destroy());
  }

  async #cancel(what: unknown): Promise<void> {
    this.destroy();
    if (what instanceof ReadableStream) await what.cancel().catch(() => undefined);
  }
}
