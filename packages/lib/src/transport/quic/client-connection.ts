import type { QuicConnection } from "@octoproxy/quic/connection";
import type { QuicEndpoint } from "@octoproxy/quic/endpoint";
import type { StreamHandle } from "@octoproxy/quic/handles";
import { QuicError } from "@octoproxy/quic/quic-error";
import { Deadline } from "../../deadline/deadline.ts";
import { ProxyError } from "../../error/proxy-error.ts";
import { encodeHead, limitQuestion } from "../../tunnel/head-codec.ts";
import type { ClientConnection, PeerIdentity } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { closeCode, errorOfConnect } from "./close-code.ts";
import type { Dialect } from "./dialect.ts";
import { Opening } from "./opening.ts";
import { PingAnswer } from "./ping-answer.ts";
import { Question } from "./question.ts";
import { QuicTunnelConnection } from "./quic-connection.ts";

/** The original allows so many tunnels on a connection, whatever is configured. */
const originalLimit = 100;

/** How long an open waits for QUIC's stream credit that the server's limit promises, milliseconds. */
const creditMs = 2_000;

/** The client's side. Made by `connectQuic`. */
export class QuicClientConnection extends QuicTunnelConnection implements ClientConnection {
  readonly dialect: Dialect;
  readonly #endpoint: QuicEndpoint;
  #streamLimit: number;
  /** The server said how many it allows. */
  #limitKnown = false;

  constructor(endpoint: QuicEndpoint, quic: QuicConnection, peer: PeerIdentity, dialect: Dialect) {
    super(quic, peer);
    this.#endpoint = endpoint;
    this.dialect = dialect;
    this.#streamLimit = dialect.original ? originalLimit : Number.POSITIVE_INFINITY;
    void quic.closed.then(() => endpoint.close());
    this.start();
  }

  get streamLimit(): number {
    return this.#streamLimit;
  }

  /**
   * Asks for the limit: the first answer proves that the server accepts us, also by what it judges beyond TLS.
   * @throws ProxyError `CERTIFICATE_REFUSED` with the server's words, `CLIENT_LIMIT`, `BACKEND_DRAINING`, `BACKEND_LOST`.
   */
  async established(signal: AbortSignal): Promise<void> {
    if (this.dialect.original) return;
    let question: Question | undefined;
    const abort = (): void => question?.giveUp(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const handle = this.quic.tryOpen();
      if (handle === undefined) return;
      question = new Question(handle, encodeHead(limitQuestion));
      const answer = await question.answer;
      if (answer.length !== 6 || answer.toString("latin1", 0, 2) !== "OK") return;
      this.#streamLimit = answer.readUInt32BE(2);
      this.#limitKnown = true;
    } catch (error) {
      signal.throwIfAborted();
      // QUIC knows of the end before its event has come.
      const end = error instanceof QuicError ? await this.quic.closed : this.quic.error;
      throw end === undefined ? error : errorOfConnect(end);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async open(target: string, signal: AbortSignal): Promise<TunnelStream> {
    signal.throwIfAborted();
    if (this.over) throw new ProxyError("BACKEND_LOST");
    if (this.draining) throw new ProxyError("BACKEND_DRAINING");
    if (this.openStreams >= this.#streamLimit) throw new ProxyError("STREAM_LIMIT");
    const head = this.dialect.encodeHead(target);
    const handle = this.#tryOpen() ?? (await this.#openLater(signal));
    const opening = new Opening(this, handle, head);
    const abort = (): void => opening.fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await opening.opened;
    } catch (error) {
      // It will say the same to everybody: no more tunnels here.
      if (error instanceof ProxyError && error.code === "DRAINING") this.beginDraining();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  protected incoming(handle: StreamHandle): void {
    new PingAnswer(handle).readable();
  }

  protected async openForPing(signal: AbortSignal): Promise<StreamHandle | undefined> {
    if (this.dialect.original) return undefined;
    try {
      return await this.quic.open(signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new ProxyError("BACKEND_LOST", { cause });
    }
  }

  protected override async gone(): Promise<void> {
    await super.gone();
    await this.#endpoint.close(closeCode.done);
  }

  #tryOpen(): StreamHandle | undefined {
    try {
      return this.quic.tryOpen();
    } catch (cause) {
      throw new ProxyError("BACKEND_LOST", { cause });
    }
  }

  /** The limit is not reached, but QUIC has no credit: the server raises it step by step, a round trip away. */
  async #openLater(signal: AbortSignal): Promise<StreamHandle> {
    if (!this.#limitKnown) {
      this.#streamLimit = Math.max(1, this.openStreams);
      throw new ProxyError("STREAM_LIMIT");
    }
    // The place is taken while it waits, so that nobody counts past the limit.
    const waiting = { fail: () => {} };
    this.add(waiting);
    using deadline = new Deadline(creditMs, "STREAM_LIMIT", signal);
    try {
      return await this.quic.open(deadline.signal);
    } catch (cause) {
      deadline.signal.throwIfAborted();
      throw new ProxyError("BACKEND_LOST", { cause });
    } finally {
      this.remove(waiting);
    }
  }
}
