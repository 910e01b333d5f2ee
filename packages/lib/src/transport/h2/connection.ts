import type { Duplex } from "node:stream";
import { ProxyError } from "../../error/proxy-error.ts";
import type { Connection, PeerIdentity } from "../transport.ts";
import { startTicking, stopTicking } from "./connection-clock.ts";
import { Http2Core } from "./core.ts";
import type { CoreHost } from "./core-contract.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { readRecords } from "./read-records.ts";
import { SocketOutput } from "./socket-output.ts";
import { errorCode, errorCodeName } from "./wire-constants.ts";

/** How long a peer may take to close after our last word. */
const lastWordMs = 1_000;

/** HTTP/2 over TCP, or over a stream of WebTransport: what the connection is called. */
export type PipedProtocol = "http2" | "webtransport";

/** An HTTP/2 connection over a socket that speaks TLS already, either role. */
export abstract class Http2Connection implements Connection, CoreHost {
  readonly protocol: PipedProtocol;
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  readonly drainBegun: Promise<void>;
  readonly closed: Promise<ProxyError | undefined>;
  protected readonly core: Http2Core;
  readonly #socket: Duplex;
  readonly #output: SocketOutput;
  readonly #resolveClosed: (error: ProxyError | undefined) => void;
  readonly #tellDrain: () => void;
  #socketError: Error | undefined;
  #goaway: { readonly code: number; readonly words: string } | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #ended = false;
  /** Told when the last tunnel is done. */
  #onEmpty: (() => void) | undefined;

  constructor(
    role: "client" | "server",
    socket: Duplex,
    settings: Http2Settings,
    peer: PeerIdentity,
    remoteAddress: string,
    protocol: PipedProtocol = "http2",
  ) {
    this.protocol = protocol;
    this.peer = peer;
    this.remoteAddress = remoteAddress;
    const { promise, resolve } = Promise.withResolvers<ProxyError | undefined>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    const drain = Promise.withResolvers<void>();
    this.drainBegun = drain.promise;
    this.#tellDrain = drain.resolve;
    this.#socket = socket;
    this.core = new Http2Core(role, settings, this);
    this.#output = new SocketOutput(socket, this.core.sender, settings.maxSendBuffer, () => {
      if (!this.#ended) socket.resume();
    });
  }

  /** Starts to speak and to listen; the role is in place by now. */
  protected start(): void {
    const socket = this.#socket;
    socket.on("error", (error: Error) => {
      this.#socketError ??= error;
    });
    socket.on("close", () => this.#gone());
    socket.on("end", () => this.#gone());
    readRecords(socket, (bytes) => {
      this.core.receive(bytes, performance.now());
      if (this.core.owesCredit) {
        // One turn may read a whole window from a busy socket (libuv takes 2 MiB at a time): credit that waited for
        // the turn's end would find the sender standing still.
        this.core.owesCredit = false;
        this.#output.flush();
      }
      this.afterReceive();
      if (this.#output.congested) socket.pause();
    });
    startTicking(this);
    this.core.start(performance.now());
  }

  /** Called after each piece of input was taken. */
  protected afterReceive(): void {}

  get openStreams(): number {
    return this.core.table.open.size;
  }

  get draining(): boolean {
    return this.#closing || this.#goaway !== undefined || this.core.over;
  }

  /** What the peer's GOAWAY said; undefined when there was none. */
  protected get farewell(): { readonly code: number; readonly words: string } | undefined {
    return this.#goaway;
  }

  ping(signal: AbortSignal): Promise<number> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.core.over) return Promise.reject(new ProxyError("BACKEND_LOST"));
    return new Promise<number>((resolve, reject) => {
      this.core.now = performance.now();
      const number = this.core.ping((roundTripMs) => {
        signal.removeEventListener("abort", onAbort);
        if (roundTripMs === undefined) reject(new ProxyError("BACKEND_LOST"));
        else resolve(roundTripMs);
      });
      const onAbort = (): void => {
        this.core.pings.forget(number);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  async close(signal?: AbortSignal): Promise<void> {
    const onAbort = (): void => this.destroy(new ProxyError("ABORTED"));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#closed ??= this.#drain();
    await this.#closed;
    signal?.removeEventListener("abort", onAbort);
  }

  async #drain(): Promise<void> {
    this.#closing = true;
    this.#tellDrain();
    if (!this.core.over) await Promise.race([this.sayGoaway(), this.closed]);
    if (!this.core.over && this.openStreams > 0) {
      const empty = Promise.withResolvers<void>();
      this.#onEmpty = empty.resolve;
      await Promise.race([empty.promise, this.closed]);
    }
    if (!this.core.over) this.#finish();
    await this.closed;
  }

  destroy(error?: ProxyError): void {
    if (this.#ended) return;
    this.#end(error ?? new ProxyError("ABORTED"), error);
    this.#output.stop();
    this.#socket.destroy();
  }

  /** Tells the peer that no new tunnels are wanted; resolves when that is certain. */
  protected abstract sayGoaway(): Promise<void>;

  // CoreHost

  wake(): void {
    this.#output.wake();
  }

  ready(): void {}

  goaway(code: number, words: string): void {
    if (this.#goaway === undefined || code !== errorCode.noError) this.#goaway = { code, words };
    this.#tellDrain();
    if (code === errorCode.noError && this.openStreams === 0 && !this.core.isServer) this.#finish();
  }

  fail(error: ProxyError): void {
    this.#end(error, error);
    this.#output.end();
    // A peer that goes on sending is not read any more: what it sends would be thrown away, and cost memory.
    this.#socket.pause();
    this.#destroySoon();
  }

  streamDone(): void {
    if (this.openStreams > 0) return;
    this.#onEmpty?.();
    if (!this.core.isServer && this.#goaway !== undefined) queueMicrotask(() => this.#finish());
  }

  tick(now: number): void {
    this.core.tick(now);
    const since = this.#output.writingSince;
    if (since === undefined || !this.core.keepAlive.neglects(now, since)) return;
    this.destroy(new ProxyError("BACKEND_LOST", { detail: "the other side does not read" }));
  }

  /** All is said and done: the last word, and the end. */
  #finish(): void {
    if (this.#ended) return;
    if (!this.core.isServer) this.core.goaway(0);
    this.#end(new ProxyError("BACKEND_LOST"), undefined);
    this.#output.end();
    this.#destroySoon();
  }

  #destroySoon(): void {
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), lastWordMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** The socket ended or closed. */
  #gone(): void {
    if (this.#ended) return;
    const goaway = this.#goaway;
    const complaint = goaway !== undefined && goaway.code !== errorCode.noError;
    const clean = goaway !== undefined && !complaint && this.openStreams === 0;
    const words = complaint ? goaway.words || errorCodeName(goaway.code) : this.#socketError?.message;
    const detail = words === undefined ? undefined : `the connection broke: ${words}`;
    const error = new ProxyError("BACKEND_LOST", { detail, cause: this.#socketError });
    this.#end(error, clean ? undefined : error);
    this.#output.stop();
    this.#socket.destroy();
  }

  #end(error: ProxyError, reported: ProxyError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    stopTicking(this);
    this.#tellDrain();
    this.core.end(error);
    this.#endMore();
    this.#resolveClosed(reported);
    this.afterReceive();
  }

  readonly #endMore = (): void => {
    if (this.core.ending.more()) setImmediate(this.#endMore);
  };
}
