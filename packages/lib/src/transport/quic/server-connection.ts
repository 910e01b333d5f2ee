import type { QuicConnection } from "@octoproxy/quic/connection";
import type { StreamHandle } from "@octoproxy/quic/handles";
import { ProxyError } from "../../error/proxy-error.ts";
import { limitQuestion } from "../../tunnel/head-codec.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import { encodeLimit, okReply } from "../../tunnel/reply-codec.ts";
import type { ListenerHandlers, PeerIdentity } from "../transport.ts";
import type { Dialect } from "./dialect.ts";
import { answerAndFinish } from "./ping-answer.ts";
import { QuicTunnelConnection } from "./quic-connection.ts";
import { QuicServerTunnel } from "./server-tunnel.ts";

/** What this server calls itself in Proxy-Status. */
const identity = "octoproxy-server";

/** How often heads that are awaited are looked at: so many times in their deadline. */
const ticksPerDeadline = 8;

/** The server's side. Made by the listener, once the client's certificate was judged. */
export class QuicServerConnection extends QuicTunnelConnection {
  readonly dialect: Dialect;
  readonly #maxTunnels: number;
  readonly #headTimeoutMs: number;
  #handler: ListenerHandlers["tunnel"] | undefined;
  /** Streams whose head has begun and not ended; most come whole. */
  readonly #awaited = new Map<QuicServerTunnel, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    quic: QuicConnection,
    peer: PeerIdentity,
    dialect: Dialect,
    maxTunnels: number,
    headTimeoutMs: number,
  ) {
    super(quic, peer);
    this.dialect = dialect;
    this.#maxTunnels = maxTunnels;
    this.#headTimeoutMs = headTimeoutMs;
  }

  /** Begins to take streams; tunnels go to `handler`. */
  serve(handler: ListenerHandlers["tunnel"]): void {
    this.#handler = handler;
    this.start();
  }

  /** A head is whole. */
  asked(tunnel: QuicServerTunnel, handle: StreamHandle): void {
    if (!this.dialect.original) {
      if (tunnel.authority === "") {
        answerAndFinish(handle, okReply);
        return;
      }
      if (tunnel.authority === limitQuestion) {
        answerAndFinish(handle, encodeLimit(this.#maxTunnels));
        return;
      }
    }
    if (this.draining) {
      tunnel.refuse(refusalOf(new ProxyError("DRAINING"), identity));
      return;
    }
    if (this.openStreams >= this.#maxTunnels) {
      tunnel.refuse(refusalOf(new ProxyError("STREAM_LIMIT"), identity));
      return;
    }
    this.add(tunnel);
    this.#handler?.(tunnel);
    tunnel.readable();
  }

  refuseMalformed(tunnel: QuicServerTunnel, error: ProxyError): void {
    tunnel.refuse(refusalOf(new ProxyError("BAD_REQUEST", { detail: error.message }), identity));
  }

  headAwaited(tunnel: QuicServerTunnel): void {
    if (this.#awaited.has(tunnel)) return;
    this.#awaited.set(tunnel, performance.now() + this.#headTimeoutMs);
    this.#timer ??= setInterval(() => this.#expire(), this.#headTimeoutMs / ticksPerDeadline).unref();
  }

  headDone(tunnel: QuicServerTunnel): void {
    if (!this.#awaited.delete(tunnel) || this.#awaited.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  protected incoming(handle: StreamHandle): void {
    new QuicServerTunnel(this, handle);
  }

  /** Clients that allow us no streams cannot be pinged. */
  protected async openForPing(): Promise<StreamHandle | undefined> {
    try {
      return this.quic.tryOpen();
    } catch (cause) {
      throw new ProxyError("BACKEND_LOST", { cause });
    }
  }

  #expire(): void {
    const now = performance.now();
    for (const [tunnel, deadline] of [...this.#awaited]) if (deadline <= now) tunnel.expire();
  }
}
