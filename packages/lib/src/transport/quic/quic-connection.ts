import type { QuicConnection } from "@octoproxy/quic/connection";
import type { StreamHandle } from "@octoproxy/quic/handles";
import type { QuicError } from "@octoproxy/quic/quic-error";
import { ProxyError } from "../../error/proxy-error.ts";
import { pingHead } from "../../tunnel/head-codec.ts";
import type { Connection, PeerIdentity } from "../transport.ts";
import { abortCode, closeCode, closeCodeOf, errorOfEnd } from "./close-code.ts";
import { Question } from "./question.ts";
import type { QuicTunnelStream, StreamKeeper } from "./quic-stream.ts";

/** Something that the end of the connection ends: a tunnel, or one that waits for its answer. */
export interface Ending {
  fail(error: ProxyError): void;
}

/** How long the other side's address is believed. */
const addressMs = 1000;

/** What both roles share. The roles add who opens and who answers. */
export abstract class QuicTunnelConnection implements Connection, StreamKeeper {
  readonly protocol = "quic";
  readonly peer: PeerIdentity;
  readonly drainBegun: Promise<void>;
  readonly closed: Promise<ProxyError | undefined>;
  /** The QUIC connection underneath: its numbers, its certificates. */
  readonly quic: QuicConnection;
  readonly #tunnels = new Set<Ending>();
  readonly #pings = new Set<Question>();
  readonly #settle: (error: ProxyError | undefined) => void;
  readonly #tellDrain: () => void;
  #address = "";
  #addressAt = Number.NEGATIVE_INFINITY;
  #draining = false;
  #over = false;
  #onEmpty: (() => void) | undefined;

  constructor(quic: QuicConnection, peer: PeerIdentity) {
    this.quic = quic;
    this.peer = peer;
    const { promise, resolve } = Promise.withResolvers<ProxyError | undefined>();
    this.closed = promise;
    this.#settle = resolve;
    const drain = Promise.withResolvers<void>();
    this.drainBegun = drain.promise;
    this.#tellDrain = drain.resolve;
  }

  /** Each tunnel wants it, and asking QUIC takes its mutex: a peer that migrated is seen a second later at most. */
  get remoteAddress(): string {
    const now = performance.now();
    if (now - this.#addressAt >= addressMs) {
      this.#address = this.quic.remoteAddress;
      this.#addressAt = now;
    }
    return this.#address;
  }

  get openStreams(): number {
    return this.#tunnels.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** It is gone. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * A stream with a head of length 0, answered by `OK`. Towards a peer that allows us no streams, or does not know
   * pings (the original), the round trip that QUIC measured last: then silence is noticed by the idle timeout alone.
   */
  async ping(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#over) throw new ProxyError("BACKEND_LOST");
    const started = performance.now();
    const handle = await this.openForPing(signal);
    if (handle === undefined) return this.quic.stats()?.rttMs ?? 0;
    if (signal.aborted) {
      handle.destroy(abortCode);
      throw signal.reason;
    }
    const question = new Question(handle, pingHead);
    this.#pings.add(question);
    const abort = (): void => question.giveUp(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await question.answer;
      return performance.now() - started;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#pings.delete(question);
    }
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.beginDraining();
    this.drainingBegan();
    const abort = (): void => this.destroy();
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (!this.#over && this.#tunnels.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const earlier = this.#onEmpty;
        this.#onEmpty = () => {
          earlier?.();
          resolve();
        };
        await promise;
      }
      if (!this.#over) await this.quic.flush();
      this.#end(undefined, undefined, closeCode.done);
      await this.gone();
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  destroy(error: ProxyError = new ProxyError("ABORTED")): void {
    this.#end(error, error, closeCodeOf(error));
  }

  tunnelDone(tunnel: QuicTunnelStream): void {
    this.remove(tunnel);
  }

  /** A tunnel, or one that waits for its answer, counts from now on. */
  add(tunnel: Ending): void {
    this.#tunnels.add(tunnel);
  }

  remove(tunnel: Ending): void {
    this.#tunnels.delete(tunnel);
    if (this.#tunnels.size === 0) this.#onEmpty?.();
  }

  /** Begins to listen to what comes; last in the constructor of a role. */
  protected start(): void {
    this.quic.use({
      stream: (handle) => this.incoming(handle),
      closed: (error) => this.#ended(error),
    });
  }

  /** No new tunnels from now on. */
  protected beginDraining(): void {
    this.#draining = true;
    this.#tellDrain();
  }

  protected drainingBegan(): void {}

  /** Resolves when what lies under the connection is gone as well. */
  protected async gone(): Promise<void> {
    await this.quic.closed;
  }

  protected abstract incoming(handle: StreamHandle): void;

  /** A stream for a ping; nothing where the other side would not answer. */
  protected abstract openForPing(signal: AbortSignal): Promise<StreamHandle | undefined>;

  #ended(error: QuicError): void {
    const reported = errorOfEnd(error);
    this.#end(reported ?? new ProxyError("BACKEND_LOST"), reported, undefined);
  }

  /** `told` goes to the tunnels, `reported` to `closed`; with a `code` it is we who close. */
  #end(told: ProxyError | undefined, reported: ProxyError | undefined, code: number | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.beginDraining();
    const lost = told ?? new ProxyError("BACKEND_LOST");
    for (const tunnel of [...this.#tunnels]) tunnel.fail(lost);
    this.#tunnels.clear();
    for (const ping of [...this.#pings]) ping.giveUp(lost);
    if (code !== undefined) this.quic.close(code, reported?.message ?? "");
    this.#settle(reported);
    this.#onEmpty?.();
  }
}
