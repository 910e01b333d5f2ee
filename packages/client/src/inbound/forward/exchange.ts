import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { BodyReader } from "@octoproxy/lib/http1/body-reader";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";
import { AnswerRelay, type AnswerTerms } from "./answer-relay.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import type { ForwardPlan } from "./forward-plan.ts";
import type { ForwardRoute, OpenedTunnel, TunnelOutcome } from "./forward-route.ts";
import type { OriginConnection, ResponseReader } from "./origin-connection.ts";
import { poolKey } from "./origin-pool.ts";
import { writePart, writeTogether } from "./write-together.ts";

/** One request and its answer, over a kept or a new tunnel. Both directions run at once. */
export class Exchange implements ResponseReader, AnswerTerms {
  readonly plan: ForwardPlan;
  /** The way that it takes: the one that was chosen, or what failover made of it. */
  key: string;
  bytesUp = 0;
  /** By `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #host: ExchangeHost;
  readonly #route: ForwardRoute;
  readonly #upload: BodyReader;
  readonly #answer: AnswerRelay;
  #origin: OriginConnection | undefined;
  #opening: AbortController | undefined;
  #headSent = false;
  #retried = false;
  #originPaused = false;
  #endedSide: "application" | "origin" | undefined;
  /** The tunnel is to drain before it gets more of the request. */
  uploadBlocked = false;

  constructor(host: ExchangeHost, plan: ForwardPlan, route: ForwardRoute) {
    this.#host = host;
    this.plan = plan;
    this.key = route.key;
    this.#route = route;
    this.#upload = new BodyReader(plan.framing, "BAD_REQUEST");
    this.#answer = new AnswerRelay(plan, this);
  }

  get stream(): ByteStream {
    return this.#host.stream;
  }

  get pseudonym(): string {
    return this.#host.surroundings.pseudonym;
  }

  get mayKeep(): boolean {
    return this.plan.keepsConnection && this.uploadDone && !this.#host.surroundings.draining;
  }

  /** It takes bytes of the request's body. */
  get ready(): boolean {
    return this.#origin !== undefined;
  }

  /** Bytes of the request's body that its tunnel sends at once. */
  get appetite(): number | undefined {
    return this.#origin === undefined ? 0 : this.#origin.stream.room;
  }

  get uploadDone(): boolean {
    return this.#upload.done;
  }

  get switched(): boolean {
    return this.#answer.switched;
  }

  /** The final status, once the application was told. */
  get status(): number | undefined {
    return this.#answer.status;
  }

  get bytesDown(): number {
    return this.#answer.bytes;
  }

  /** Takes a kept tunnel, or begins to open one. */
  start(): void {
    this.#origin = this.#host.surroundings.pool.take(poolKey(this.key, this.#route.target));
    if (this.#origin === undefined) this.#open();
    else this.#origin.use(this);
  }

  /** Sends the request's head where it did not go with the first bytes of its body. */
  sendHead(): void {
    const stream = this.#origin?.stream;
    if (stream === undefined || this.#headSent) return;
    this.#headSent = true;
    this.uploadBlocked = !writeTogether(stream, this.plan.head, noBytes, 0, 0, false);
  }

  /**
   * Sends what of `chunk` from `at` on belongs to the request.
   * @returns the index behind it.
   * @throws ProxyError `BAD_REQUEST` where the body is malformed.
   */
  takeBody(chunk: Uint8Array, at: number): number {
    const { transient } = this.#host.stream;
    const { stream } = this.#origin!;
    const end = this.switched ? chunk.length : this.#upload.take(chunk, at);
    const flows = this.#headSent
      ? writePart(stream, chunk, at, end, transient)
      : writeTogether(stream, this.plan.head, chunk, at, end, transient);
    this.#headSent = true;
    this.bytesUp += end - at;
    if (!flows) this.uploadBlocked = true;
    return end;
  }

  /** After a switch: the application sent FIN. */
  endUpload(): void {
    this.#origin?.stream.end();
    this.#endSwitched("application");
  }

  /** The application's connection takes bytes again. */
  downloadUnblocked(): void {
    if (!this.#originPaused) return;
    this.#originPaused = false;
    this.#origin?.stream.resume();
  }

  /** Gives the exchange up. The host is not called any more. */
  abort(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.abort(new ProxyError("ABORTED"));
    this.#origin?.discard();
    this.#origin = undefined;
  }

  originData(chunk: Uint8Array): boolean {
    const wasSwitched = this.switched;
    let flows: boolean;
    try {
      flows = this.#answer.read(chunk, this.#origin!);
    } catch (error) {
      this.#fail(ProxyError.from(error, "BAD_RESPONSE"));
      return true;
    }
    if (!flows) this.#host.writeBlocked();
    if (this.#answer.done) {
      // The tunnel is free, however slowly the application takes the rest.
      this.#finish();
      return true;
    }
    this.#originPaused = !flows;
    if (this.switched && !wasSwitched) this.#host.exchangeReady();
    return flows;
  }

  originDrain(): void {
    this.uploadBlocked = false;
    this.#host.exchangeReady();
  }

  originEnd(): void {
    if (this.switched) {
      this.#host.stream.end();
      this.#endSwitched("origin");
    } else if (this.#answer.endsWithConnection) this.#finish();
    else this.#originGone(new ProxyError("CONNECTION_TERMINATED", { detail: closedEarly }));
  }

  originReset(error: ProxyError): void {
    this.#originGone(error);
  }

  #endSwitched(side: "application" | "origin"): void {
    const other = this.#endedSide;
    this.#endedSide = side;
    if (other === undefined || other === side) return;
    this.#origin?.leave();
    this.#origin = undefined;
    this.#host.exchangeDone(false);
  }

  #open(): void {
    const opening = new AbortController();
    this.#opening = opening;
    this.#route.open(opening.signal).then(
      (outcome) => this.#opened(opening, outcome),
      (error: unknown) => this.#opened(opening, { error: ProxyError.from(error, "INTERNAL") }),
    );
  }

  #opened(opening: AbortController, outcome: TunnelOutcome): void {
    if (this.#opening !== opening) {
      if ("stream" in outcome) this.#adopt(outcome).discard();
      return;
    }
    this.#opening = undefined;
    if ("error" in outcome) {
      this.#fail(outcome.error, outcome.members);
      return;
    }
    this.key = outcome.key;
    this.#origin = this.#adopt(outcome);
    this.#origin.use(this);
    this.#host.exchangeReady();
  }

  #adopt({ stream, key, done }: OpenedTunnel): OriginConnection {
    return this.#host.surroundings.pool.adopt(stream, poolKey(key, this.#route.target), done);
  }

  #finish(): void {
    const origin = this.#origin!;
    this.#origin = undefined;
    const { pool } = this.#host.surroundings;
    origin.keepMs = this.#answer.keptMs;
    if (this.#answer.overran || !this.uploadDone) origin.discard();
    else if (origin.keepMs <= 0) pool.retire(origin);
    else pool.put(origin);
    this.#host.exchangeDone(this.#answer.keepsApplication);
  }

  /** A kept tunnel may have been closed before the request reached the origin: then it is sent once more. */
  #originGone(error: ProxyError): void {
    const origin = this.#origin!;
    const isStale = origin.reused && this.#answer.untouched && !origin.heads.started;
    if (!isStale || this.#retried || !this.plan.repeatable) {
      this.#fail(error);
      return;
    }
    this.#retried = true;
    this.#headSent = false;
    origin.discard();
    this.#origin = undefined;
    this.#open();
  }

  #fail(error: ProxyError, members?: readonly ProxyStatusMember[]): void {
    this.abort();
    if (this.#answer.status === undefined) this.#host.exchangeFailed(error, members);
    else this.#host.exchangeCut(error);
  }
}

const noBytes = new Uint8Array(0);
const closedEarly = "the target closed the connection before its answer was complete";
