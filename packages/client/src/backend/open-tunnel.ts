import type { TunnelLoad } from "@octoproxy/lib/balance/backend-load";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { Backend } from "./backend.ts";
import { type AskedConnections, BackendChoice } from "./backend-choice.ts";
import type { BackendSet } from "./backend-set.ts";
import type { BackendStatus } from "./backend-state.ts";
import { Failover } from "./failover-policy.ts";
import { type FailoverStep, failoverTimes } from "./failover-step.ts";
import { openStream, type StreamAttempt } from "./open-stream.ts";
import { signOfLife } from "./sign-of-life.ts";
import { type OpenedTunnel, OpenFailure, type OpenRequest } from "./tunnel-opening.ts";

/**
 * Opens a tunnel through whichever backend can. Aborting gives up and resets what was begun.
 * @throws OpenFailure; the signal's reason when it is aborted.
 */
export const openTunnel = (
  backends: BackendSet,
  request: OpenRequest,
  signal: AbortSignal,
): Promise<OpenedTunnel> =>
  new Promise((resolve, reject) => new OpeningTunnel(backends, request, signal, resolve, reject).begin());

/** A failure to open costs at least as much as the silence before a ping. */
const chargedMs = failoverTimes.pingAfterMs;

/** A status that needs no reason. */
const statusWords: Readonly<Record<BackendStatus, string>> = {
  normal: "up",
  closed: "down",
  unknown: "not connected yet",
  force_closed: "disabled",
};

/** One attempt as it is carried out. */
interface Running extends StreamAttempt {
  readonly load: TunnelLoad;
  stream: TunnelStream | undefined;
}

/** Does what the failover policy says, and tells it what came of it. */
class OpeningTunnel implements AskedConnections {
  readonly #backends: BackendSet;
  readonly #request: OpenRequest;
  readonly #signal: AbortSignal;
  readonly #resolve: (tunnel: OpenedTunnel) => void;
  readonly #reject: (error: unknown) => void;
  readonly #failover: Failover;
  readonly #startedAt: number;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;

  constructor(
    backends: BackendSet,
    request: OpenRequest,
    signal: AbortSignal,
    resolve: (tunnel: OpenedTunnel) => void,
    reject: (error: unknown) => void,
  ) {
    this.#backends = backends;
    this.#request = request;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    const now = performance.now();
    this.#startedAt = now;
    const choice = new BackendChoice(backends, request, now, this);
    this.#failover = new Failover(choice, now, { deadlineMs: request.deadlineMs });
  }

  begin(): void {
    if (this.#signal.aborted) {
      this.#reject(this.#signal.reason);
      return;
    }
    this.#signal.addEventListener("abort", this);
    this.#do(this.#failover.begin(performance.now()));
  }

  /** Whoever asked gave up. */
  handleEvent(): void {
    this.#do(this.#failover.giveUp(performance.now()));
    this.#settle();
    this.#reject(this.#signal.reason);
  }

  connectionOf(backend: string): ClientConnection | undefined {
    return this.#running.get(backend)?.connection;
  }

  #do(steps: readonly FailoverStep[]): void {
    for (const step of steps) this.#one(step);
    clearTimeout(this.#timer);
    const wakeAt = this.#failover.wakeAt;
    if (wakeAt === undefined) return;
    const waitMs = Math.max(0, wakeAt - performance.now());
    this.#timer = setTimeout(() => this.#do(this.#failover.tick(performance.now())), Math.ceil(waitMs));
  }

  #one(step: FailoverStep): void {
    switch (step.kind) {
      case "open":
        this.#open(step.backend);
        break;
      case "ping":
        this.#ping(step.backend);
        break;
      case "cancel":
        this.#cancel(step.backend);
        break;
      case "charge":
        this.#running.get(step.backend)?.load.failed(performance.now(), chargedMs);
        this.#backends.charged(step.backend);
        break;
      case "gone":
        this.#gone(step.backend);
        break;
      case "await_backend":
        this.#awaitBackend();
        break;
      case "deliver":
        this.#deliver(step.backend);
        break;
      case "refuse":
        this.#refuse(step.error, step.backend);
    }
  }

  #open(name: string): void {
    const backend = this.#backends.get(name);
    if (backend === undefined) {
      this.#do(this.#failover.failed(name, new ProxyError("BACKEND_DRAINING"), performance.now()));
      return;
    }
    const abort = new AbortController();
    const load = backend.load.begin(performance.now());
    const running: Running = { backend, load, abort, connection: undefined, stream: undefined };
    this.#running.set(name, running);
    openStream(this.#backends, running, this.#request.target).then(
      (stream) => {
        running.stream = stream;
        if (this.#isCurrent(name, running)) this.#do(this.#failover.opened(name, performance.now()));
        else stream.reset(new ProxyError("ABORTED"));
      },
      (error: unknown) => {
        const failure = ProxyError.from(error, "BACKEND_LOST");
        if (this.#isCurrent(name, running)) this.#do(this.#failover.failed(name, failure, performance.now()));
        load.closed();
      },
    );
  }

  /** The backend was not asked again meanwhile, over another connection. */
  #isCurrent(name: string, running: Running): boolean {
    return this.#running.get(name) === running;
  }

  #ping(name: string): void {
    const running = this.#running.get(name);
    if (running?.connection === undefined) return;
    const doubtNoMore = this.#backends.doubt(running.backend);
    signOfLife(running.connection, running.abort.signal)
      .then(() => {
        if (this.#isCurrent(name, running)) this.#do(this.#failover.pong(name, performance.now()));
      })
      .catch(() => undefined) // the stream fails with the connection; silence is the policy's to judge
      .finally(doubtNoMore);
  }

  #gone(name: string): void {
    const running = this.#running.get(name);
    this.#cancel(name);
    running?.backend.gone(running.connection);
  }

  #awaitBackend(): void {
    this.#unwatch?.();
    this.#unwatch = this.#backends.watch(() => {
      this.#hurry();
      this.#do(this.#failover.backendsChanged(performance.now()));
    });
    this.#hurry();
  }

  /** An attempt that began before this request says nothing about now: each backend is to be tried once more. */
  #hurry(): void {
    for (const backend of this.#candidates()) if (backend.mayComeUpFor(this.#startedAt)) backend.hurry();
  }

  #cancel(name: string): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    if (running.stream === undefined) running.abort.abort(new ProxyError("ABORTED"));
    else running.stream.reset(new ProxyError("ABORTED"));
    running.load.closed();
  }

  #deliver(name: string): void {
    this.#settle();
    const { stream, load, connection } = this.#running.get(name) as Running;
    const now = performance.now();
    load.opened(now);
    this.#backends.succeeded(name);
    this.#resolve({
      stream: stream as TunnelStream,
      backend: name,
      party: name,
      protocol: (connection as ClientConnection).protocol,
      attempts: this.#failover.attempts(now),
      load,
    });
  }

  #refuse(error: ProxyError, backend: string | undefined): void {
    this.#settle();
    const told = error.code === "NO_BACKEND" ? this.#nobody() : error;
    this.#reject(new OpenFailure(told, backend, this.#failover.attempts(performance.now())));
  }

  /** Why nobody is up, backend by backend. */
  #nobody(): ProxyError {
    const reasons = [...this.#candidates()].map(
      ({ name, state }) => `${name}: ${state.reason ?? statusWords[state.status]}`,
    );
    return new ProxyError("NO_BACKEND", { detail: `no backend is up (${reasons.join("; ")})` });
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#unwatch?.();
    this.#signal.removeEventListener("abort", this);
  }

  *#candidates(): Iterable<Backend> {
    const { only } = this.#request;
    for (const backend of this.#backends.all) if (only === undefined || backend.name === only) yield backend;
  }
}
