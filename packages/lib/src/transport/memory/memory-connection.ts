import { ProxyError } from "../../error/proxy-error.ts";
import type { Connection, PeerIdentity } from "../transport.ts";
import type { LinkMessage, LinkReader, MemoryLink } from "./link.ts";
import type { MemoryStream, StreamCarrier } from "./memory-stream.ts";

interface Ping {
  readonly sentAt: number;
  readonly resolve: (roundTripMs: number) => void;
  readonly reject: (error: unknown) => void;
}

export interface MemoryEnd {
  readonly link: MemoryLink;
  /** 0 is the client's end. */
  readonly end: 0 | 1;
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  /** Bytes that one direction of a stream holds before its writer is told to wait. */
  readonly window: number;
}

/** What both roles share; the roles add who opens and who answers. */
export abstract class MemoryConnection implements Connection, LinkReader, StreamCarrier {
  readonly protocol = "memory";
  readonly peer: PeerIdentity;
  readonly remoteAddress: string;
  readonly drainBegun: Promise<void>;
  readonly closed: Promise<ProxyError | undefined>;
  protected readonly window: number;
  protected readonly streams = new Map<number, MemoryStream>();
  /** Streams above this one were not, and will not be, served. */
  protected lastServedId = 0;
  readonly #link: MemoryLink;
  readonly #end: 0 | 1;
  readonly #pings = new Map<number, Ping>();
  readonly #settle: (error: ProxyError | undefined) => void;
  readonly #beginDrain: () => void;
  #pingToken = 0;
  #draining = false;
  #byeWanted = false;
  #over = false;

  constructor({ link, end, peer, remoteAddress, window }: MemoryEnd) {
    this.#link = link;
    this.#end = end;
    this.peer = peer;
    this.remoteAddress = remoteAddress;
    this.window = window;
    const { promise, resolve } = Promise.withResolvers<ProxyError | undefined>();
    this.closed = promise;
    this.#settle = resolve;
    const drain = Promise.withResolvers<void>();
    this.drainBegun = drain.promise;
    this.#beginDrain = drain.resolve;
    link.attach(end, this);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  get over(): boolean {
    return this.#over;
  }

  async ping(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#over) throw new ProxyError("BACKEND_LOST");
    const token = ++this.#pingToken;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const abort = () => reject(signal.reason);
    this.#pings.set(token, { sentAt: performance.now(), resolve, reject });
    signal.addEventListener("abort", abort, { once: true });
    this.send({ type: "ping", token });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#pings.delete(token);
    }
  }

  async close(signal?: AbortSignal): Promise<void> {
    const abort = () => this.destroy();
    if (signal?.aborted === true) abort();
    this.#byeWanted = true;
    if (!this.#draining) {
      this.#draining = true;
      this.#beginDrain();
      this.send({ type: "goaway", lastId: this.lastServedId });
    }
    this.#byeIfIdle();
    signal?.addEventListener("abort", abort, { once: true });
    await this.closed;
    signal?.removeEventListener("abort", abort);
  }

  destroy(error: ProxyError = new ProxyError("ABORTED")): void {
    if (this.#over) return;
    this.#link.cut();
    this.#finish(error);
  }

  send(message: LinkMessage): void {
    this.#link.send(this.#end, message);
  }

  streamDone(id: number): void {
    this.streams.delete(id);
    this.#byeIfIdle();
  }

  message(message: LinkMessage): void {
    if (this.#over) return;
    switch (message.type) {
      case "data":
        this.streams.get(message.id)?.receive(message.chunk);
        break;
      case "credit":
        this.streams.get(message.id)?.receiveCredit(message.bytes);
        break;
      case "end":
        this.streams.get(message.id)?.receiveEnd();
        break;
      case "reset":
        this.resetReceived(message.id);
        break;
      case "ping":
        this.send({ type: "pong", token: message.token });
        break;
      case "pong":
        this.#pongReceived(message.token);
        break;
      case "goaway":
        this.#draining = true;
        this.#beginDrain();
        this.goawayReceived(message.lastId);
        break;
      case "bye":
        this.#byeWanted = true;
        this.#byeIfIdle();
        break;
      default:
        this.roleMessage(message);
    }
  }

  cut(): void {
    if (!this.#over) this.#finish(new ProxyError("BACKEND_LOST"));
  }

  /** `open`, `accept` and `refuse`: what the roles do not share. */
  protected abstract roleMessage(message: LinkMessage): void;
  protected abstract goawayReceived(lastId: number): void;
  /** The connection is over: whoever waits for an answer hears of it. */
  protected abstract abandoned(error: ProxyError): void;

  protected resetReceived(id: number): void {
    this.streams.get(id)?.fail(new ProxyError("RESET"));
  }

  /** Something else than a stream (a pending answer) keeps the connection busy. */
  protected get busy(): boolean {
    return this.streams.size > 0;
  }

  #byeIfIdle(): void {
    if (!this.#byeWanted || this.busy || this.#over) return;
    this.send({ type: "bye" });
    this.#finish(undefined);
  }

  #pongReceived(token: number): void {
    const ping = this.#pings.get(token);
    ping?.resolve(performance.now() - ping.sentAt);
  }

  #finish(error: ProxyError | undefined): void {
    this.#over = true;
    this.#draining = true;
    this.#beginDrain();
    const lost = error ?? new ProxyError("BACKEND_LOST");
    for (const ping of this.#pings.values()) ping.reject(lost);
    for (const stream of [...this.streams.values()]) stream.fail(lost);
    this.abandoned(lost);
    this.#settle(error);
  }
}
