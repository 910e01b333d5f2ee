import { setTimeout as sleep } from "node:timers/promises";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { AutoAttempt, type LateQuic } from "./auto-attempt.ts";
import { type AutoProtocol, type AutoTimes, QuicTrust } from "./auto-policy.ts";
import type { Connector, ConnectorListener } from "./connector.ts";

/** Deadline of an attempt in the background, milliseconds. */
const backgroundMs = 10_000;

/**
 * QUIC, falling back to HTTP/2 and coming back: races both, and while HTTP/2 is in use goes on trying QUIC in the
 * background.
 */
export class AutoConnector implements Connector {
  listener: ConnectorListener | undefined;
  readonly #connectors: Readonly<Record<AutoProtocol, Connector>>;
  readonly #times: AutoTimes;
  readonly #trust = new QuicTrust();
  #inUse: AutoProtocol | undefined;
  /** Why QUIC is not in use, or was not before. */
  #trouble: string | undefined;
  #background: AbortController | undefined;

  constructor(connectors: Readonly<Record<AutoProtocol, Connector>>, times: AutoTimes) {
    this.#connectors = connectors;
    this.#times = times;
    connectors.quic.listener = { better: () => {}, silent: (connection) => this.#silent(connection) };
  }

  get why(): string | undefined {
    if (this.#trouble === undefined) return undefined;
    return this.#inUse === "quic" ? `http2 before, since ${this.#trouble}` : this.#trouble;
  }

  async connect(signal: AbortSignal): Promise<ClientConnection> {
    this.stop();
    const { quic, http2 } = this.#connectors;
    const connects = {
      quic: (attempt: AbortSignal) => quic.connect(attempt),
      http2: (attempt: AbortSignal) => http2.connect(attempt),
    };
    const leading = this.#trust.mayLead(performance.now()) ? "quic" : "http2";
    const { protocol, connection, quicError, late } = await new AutoAttempt(connects, this.#times).run(
      leading,
      signal,
    );
    if (protocol === "quic") this.#cameBack();
    else this.#fellBack(quicError, late);
    return connection;
  }

  stop(): void {
    this.#background?.abort(new ProxyError("ABORTED"));
    this.#background = undefined;
  }

  #silent(connection: ClientConnection): void {
    this.#trouble = "QUIC fell silent (UDP blocked?)";
    this.#trust.silent(performance.now(), Math.random);
    this.listener?.silent(connection);
  }

  #cameBack(): void {
    this.#inUse = "quic";
    this.#trust.opened(performance.now());
  }

  #fellBack(quicError: ProxyError | undefined, late: LateQuic | undefined): void {
    this.#inUse = "http2";
    if (quicError !== undefined) this.#trouble = troubleOf(quicError);
    else if (late !== undefined) this.#trouble = "QUIC did not answer as quickly";
    const background = new AbortController();
    this.#background = background;
    void this.#tryQuic(background.signal, late);
  }

  /** Until it succeeds or is stopped. Never rejects. */
  async #tryQuic(signal: AbortSignal, late: LateQuic | undefined): Promise<void> {
    let attempt = late === undefined ? undefined : this.#awaitLate(late, signal);
    let waitMs = this.#trust.barredMs(performance.now());
    while (!signal.aborted) {
      try {
        if (attempt === undefined) await sleep(waitMs, undefined, { signal, ref: false });
        const connection = await (attempt ?? this.#connectQuic(signal));
        if (signal.aborted) return connection.destroy();
        this.#cameBack();
        this.listener?.better(connection);
        return;
      } catch (cause) {
        if (signal.aborted) return;
        this.#trouble = troubleOf(ProxyError.from(cause, "BACKEND_UNREACHABLE"));
        waitMs = this.#trust.failed(performance.now(), Math.random);
        attempt = undefined;
      }
    }
  }

  async #connectQuic(signal: AbortSignal): Promise<ClientConnection> {
    using deadline = new Deadline(backgroundMs, "BACKEND_TIMEOUT", signal);
    return await this.#connectors.quic.connect(deadline.signal);
  }

  async #awaitLate(late: LateQuic, signal: AbortSignal): Promise<ClientConnection> {
    const abort = (): void => late.abort();
    signal.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(abort, backgroundMs).unref();
    try {
      return await late.connection;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

const troubleOf = ({ message }: ProxyError): string => `QUIC failed: ${message}`;
