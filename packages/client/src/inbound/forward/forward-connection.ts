import { QueuedDeadline } from "@octoproxy/lib/deadline/deadline-queue";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { HeadParser } from "@octoproxy/lib/http1/head-parser";
import { type RequestHead, requestHeads } from "@octoproxy/lib/http1/request-head";
import type { StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";
import type { ApplicationConnection } from "../application-connection.ts";
import { askForTunnel } from "../http-door.ts";
import { refusalPage } from "../refusal-page.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import { planForward } from "./forward-plan.ts";
import { recordOf } from "./forward-route.ts";
import type { ForwardSurroundings } from "./forward-surroundings.ts";
import { KeptBytes } from "./kept-bytes.ts";

/** Bytes kept while a tunnel is being opened or an answer is under way, before the application is paused. */
const pendingLimit = 8 * 1024;

/** An application that speaks plain HTTP to the proxy: its requests, one after another, each answered in its turn. */
export class ForwardConnection extends QueuedDeadline implements StreamOwner, ExchangeHost {
  readonly stream: ApplicationConnection["stream"];
  readonly surroundings: ForwardSurroundings;
  readonly #connection: ApplicationConnection;
  readonly #heads = new HeadParser(requestHeads);
  #exchange: Exchange | undefined;
  readonly #pending = new KeptBytes();
  #consuming = false;
  #readPaused = false;
  #writeBlocked = false;
  #ended = false;
  #over = false;

  constructor(connection: ApplicationConnection, surroundings: ForwardSurroundings) {
    super();
    this.#connection = connection;
    this.stream = connection.stream;
    this.surroundings = surroundings;
  }

  /** Takes the connection over from the door, with the first request and the bytes behind it. */
  begin(head: RequestHead, rest: Uint8Array): boolean {
    this.stream.leaveDoor();
    this.stream.own(this);
    try {
      this.#beginExchange(head);
    } catch (error) {
      this.#fault(error);
    }
    return this.data(rest);
  }

  data(chunk: Uint8Array): boolean {
    if (this.#over) return true;
    const at = this.#pending.length > 0 ? 0 : this.#consume(chunk);
    if (this.#over) return true;
    this.#pending.add(chunk, at, this.stream.transient);
    this.#readPaused = !this.#mayRead();
    return !this.#readPaused;
  }

  get appetite(): number | undefined {
    return this.#exchange?.appetite;
  }

  drain(): void {
    this.#writeBlocked = false;
    this.#exchange?.downloadUnblocked();
    this.#advance();
  }

  end(): void {
    this.#ended = true;
    if (this.#over) this.surroundings.closing.delete(this);
    else this.#settleEnd();
  }

  reset(): void {
    this.surroundings.closing.delete(this);
    if (this.#over) return;
    this.#exchange?.abort();
    this.#record(new ProxyError("ABORTED"));
    this.#leave();
  }

  /** Time is over, of a kind that only a reset ends. */
  cut(): void {
    this.reset();
    this.stream.reset();
  }

  /** The head that was begun did not come in time. */
  expire(): void {
    this.exchangeFailed(new ProxyError("REQUEST_TIMEOUT"), undefined);
  }

  /** Nothing more is awaited from the application: FIN, then what it still sends is dropped. */
  finish(): void {
    this.#leave();
    this.stream.end();
    if (!this.#ended) this.surroundings.closing.add(this);
  }

  writeBlocked(): void {
    this.#writeBlocked = true;
  }

  exchangeReady(): void {
    this.#advance();
  }

  exchangeDone(keep: boolean): void {
    this.#record(undefined);
    this.#exchange = undefined;
    this.surroundings.halfClosed.delete(this);
    if (!keep || this.surroundings.draining) {
      this.finish();
      return;
    }
    const { idle, maxIdle } = this.surroundings;
    if (idle.size >= maxIdle) idle.oldest?.finish();
    idle.add(this);
    this.#advance();
  }

  exchangeFailed(error: ProxyError, members: readonly ProxyStatusMember[] | undefined): void {
    if (this.#over) return;
    const plan = this.#exchange?.plan;
    this.#record(error);
    this.#leave();
    if (plan === undefined) {
      this.#connection.refuse(error, refusalPage(error, members));
      return;
    }
    this.stream.leaveDoor();
    this.#connection.endWith(refusalPage(error, members, plan));
  }

  exchangeCut(error: ProxyError): void {
    if (this.#over) return;
    this.#record(error);
    this.#leave();
    this.stream.reset(error);
  }

  /** Reads on in what was kept, as far as it can be read now. */
  #advance(): void {
    if (this.#consuming || this.#over) return;
    for (let chunk = this.#pending.first; chunk !== undefined; chunk = this.#pending.first) {
      const at = this.#consume(chunk);
      if (this.#over) return;
      this.#pending.dropOfFirst(at);
      if (at < chunk.length) break;
    }
    if (this.#pending.length === 0) this.#exchange?.sendHead();
    if (this.#ended) this.#settleEnd();
    if (!this.#readPaused || !this.#mayRead()) return;
    this.#readPaused = false;
    this.stream.resume();
  }

  /** Reads requests and bodies from `chunk`. @returns the index behind what could be read. */
  #consume(chunk: Uint8Array): number {
    let at = 0;
    this.#consuming = true;
    try {
      while (at < chunk.length && !this.#over) {
        const exchange = this.#exchange;
        if (exchange === undefined) {
          if (this.#writeBlocked) break;
          at = this.#readHead(chunk, at);
        } else if (exchange.ready && (exchange.switched || !exchange.uploadDone)) {
          at = exchange.takeBody(chunk, at);
        } else break;
      }
      this.#exchange?.sendHead();
    } catch (error) {
      this.#fault(error);
    }
    this.#consuming = false;
    return at;
  }

  #readHead(chunk: Uint8Array, at: number): number {
    const { idle, heads } = this.surroundings;
    const wasStarted = this.#heads.started;
    if (!wasStarted) idle.delete(this);
    const end = this.#heads.feed(chunk, at);
    if (end < 0) {
      if (!wasStarted) heads.add(this);
      return chunk.length;
    }
    if (wasStarted) heads.delete(this);
    const head = this.#heads.take();
    if (head.method !== "CONNECT") {
      this.#beginExchange(head);
      return end;
    }
    const isKept = this.#pending.first === chunk;
    if (isKept) this.#pending.dropOfFirst(end);
    askForTunnel(this.#connection, head, isKept ? this.#pending.takeAll() : chunk.subarray(end));
    this.#leave();
    return chunk.length;
  }

  #beginExchange(head: RequestHead): void {
    const plan = planForward(head, this.surroundings.pseudonym);
    this.#exchange = new Exchange(this, plan, this.surroundings.route(plan.target));
    this.#exchange.start();
  }

  #mayRead(): boolean {
    return this.#pending.length < pendingLimit && this.#exchange?.uploadBlocked !== true;
  }

  /** The application's FIN counts once everything before it has been read. */
  #settleEnd(): void {
    if (this.#pending.length > 0) return;
    const exchange = this.#exchange;
    if (exchange === undefined) this.finish();
    else if (exchange.switched) exchange.endUpload();
    else if (exchange.uploadDone) this.surroundings.halfClosed.add(this);
    else this.cut();
  }

  /** What the application sent cannot be read. */
  #fault(error: unknown): void {
    const fault = ProxyError.from(error, "INTERNAL");
    const answered = this.#exchange?.status !== undefined;
    this.#exchange?.abort();
    if (answered) this.exchangeCut(fault);
    else this.exchangeFailed(fault, undefined);
  }

  /** This connection is not ours any more, or about to end. */
  #leave(): void {
    const { idle, heads, halfClosed } = this.surroundings;
    this.#over = true;
    this.#exchange = undefined;
    this.#pending.clear();
    idle.delete(this);
    heads.delete(this);
    halfClosed.delete(this);
  }

  #record(error: ProxyError | undefined): void {
    const { finished } = this.surroundings;
    if (this.#exchange !== undefined) finished?.(recordOf(this.#exchange, this.#connection.source, error));
  }
}
