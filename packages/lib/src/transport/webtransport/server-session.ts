import { bytesKeptIn, onEachRead, refuseLongCapsules } from "./outer-layer.ts";
import type { PackageServerSession } from "./package-face.ts";
import { WebTransportPipe } from "./pipe.ts";
import { endSession } from "./session-end.ts";

/**
 * What the package may keep of a pipe that is not read, which is so while a client does not take its answers, and once it
 * was told to go. An honest one sends no more than the connection's window inside the pipe, 3 MiB, and some heads.
 */
const mostKeptBytes = 6 * 1024 * 1024;

/**
 * What may come over a session's connection beside its pipe. Of ours that is less than 70 bytes for each piece in the pipe,
 * which has 32 at least, and a ping a second.
 */
const beside = { bytes: 2 * 1024 * 1024, perCarriedByte: 4, perSecond: 1024 };

/** What is under a session. */
export interface UnderSession {
  /** Ends it at once. */
  cut(): void;
  /** Bytes that came so far; 0 where that is not known. */
  bytesCame(): number;
}

/**
 * A session that somebody opened. Its first stream is the pipe. Nobody of ours sends anything else: a datagram or
 * another stream ends the connection, so that nothing of it is kept.
 */
export class ServerSession {
  readonly #session: PackageServerSession;
  readonly #under: UnderSession;
  readonly #since = performance.now();
  #pipe: WebTransportPipe | undefined;

  constructor(session: PackageServerSession, under: UnderSession, onPipe: (pipe: WebTransportPipe) => void) {
    this.#session = session;
    this.#under = under;
    session.ready.catch(() => undefined);
    this.closed = session.closed.then(
      () => undefined,
      () => undefined,
    );
    void this.closed.then(() => {
      this.#pipe?.destroy();
      under.cut();
    });
    void this.#serve(onPipe).catch(() => this.destroy());
    refuseLongCapsules(session, () => this.destroy());
    onEachRead(session, () => this.lookForAbuse());
    this.#drain(session.datagrams.readable);
    this.#drain(session.incomingUnidirectionalStreams);
  }

  readonly closed: Promise<void>;

  /** Ends it where the other side makes us keep much, or work for nothing. */
  lookForAbuse(): void {
    const kept = bytesKeptIn(this.#session);
    const carried = this.#pipe?.carried ?? 0;
    const seconds = (performance.now() - this.#since) / 1000;
    const most = beside.bytes + kept + (1 + beside.perCarriedByte) * carried + beside.perSecond * seconds;
    if (kept > mostKeptBytes || this.#under.bytesCame() > most) this.destroy();
  }

  destroy(): void {
    this.#under.cut();
    endSession(this.#session, () => this.#under.cut());
    this.#pipe?.destroy();
  }

  async #serve(onPipe: (pipe: WebTransportPipe) => void): Promise<void> {
    const streams = this.#session.incomingBidirectionalStreams.getReader();
    const { value } = await streams.read();
    if (value === undefined) return;
    this.#pipe = new WebTransportPipe(value, () => endSession(this.#session, () => this.#under.cut()));
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
