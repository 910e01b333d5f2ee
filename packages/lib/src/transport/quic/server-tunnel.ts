import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { ProxyError } from "../../error/proxy-error.ts";
import type { HeadReader } from "../../tunnel/head-codec.ts";
import type { Refusal } from "../../tunnel/proxy-status.ts";
import { encodeRefusal, okReply } from "../../tunnel/reply-codec.ts";
import type { Connection, IncomingTunnel } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { abortCode } from "./close-code.ts";
import { answerAndFinish } from "./ping-answer.ts";
import type { Ending } from "./quic-connection.ts";
import { QuicTunnelStream } from "./quic-stream.ts";
import type { QuicServerConnection } from "./server-connection.ts";
import { ShortWrite } from "./short-write.ts";

/** A stream of a client from its head to its answer. */
export class QuicServerTunnel implements IncomingTunnel, StreamUser, Ending {
  authority = "";
  readonly #server: QuicServerConnection;
  readonly #handle: StreamHandle;
  #head: HeadReader | undefined;
  #earlyOk: ShortWrite | undefined;
  #rest: Uint8Array | undefined;
  #answered = false;
  /** Made when somebody asks: most tunnels are answered before anybody wants to know. */
  #controller: AbortController | undefined;
  #failure: ProxyError | undefined;

  constructor(server: QuicServerConnection, handle: StreamHandle) {
    this.#server = server;
    this.#handle = handle;
    this.#head = server.dialect.newHeadReader();
    // The original's client waits for this before it sends the tunnel's bytes; a failed dial comes too late to be told.
    if (server.dialect.original) this.#earlyOk = new ShortWrite(handle, okReply);
    handle.use(this);
    this.readable();
  }

  get connection(): Connection {
    return this.#server;
  }

  get cancelled(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#failure !== undefined) this.#controller.abort(this.#failure);
    return this.#controller.signal;
  }

  accept(): TunnelStream {
    this.#answer();
    const stream = new QuicTunnelStream(this.#handle, this.#server, this.#rest);
    if (this.#failure !== undefined) {
      stream.fail(this.#failure);
      return stream;
    }
    this.#server.add(stream);
    this.#server.remove(this);
    // First: the client may have given up already, and then it is the stream that must hear of it.
    stream.attach();
    const ok = this.#earlyOk === undefined ? okReply : this.#earlyOk.rest;
    if (ok.length > 0) stream.write(ok);
    return stream;
  }

  refuse(refusal: Refusal): void {
    this.#answer();
    if (this.#failure !== undefined) return;
    if (this.#server.dialect.original) {
      this.#earlyOk?.finish();
      this.#handle.stop(0);
    } else answerAndFinish(this.#handle, encodeRefusal(refusal));
    this.#server.remove(this);
  }

  /** The client gave up, or the connection died. */
  fail(error: ProxyError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#handle.destroy(abortCode);
    this.#server.remove(this);
    this.#server.headDone(this);
    if (!this.#answered) this.#controller?.abort(error);
  }

  readable(): void {
    const reader = this.#head;
    if (reader === undefined) {
      this.#handle.watchReset();
      return;
    }
    try {
      do {
        const chunk = this.#handle.read();
        const head = chunk === undefined ? undefined : reader.push(chunk);
        if (head !== undefined) {
          this.#head = undefined;
          this.#rest = head.rest;
          this.authority = head.target;
          this.#server.headDone(this);
          this.#server.asked(this, this.#handle);
          return;
        }
      } while (this.#handle.more);
    } catch (error) {
      this.#malformed(ProxyError.from(error, "PROTOCOL_ERROR"));
      return;
    }
    // The read itself may have found a reset, and ended the tunnel: then there is no head to wait for.
    if (this.#failure !== undefined) return;
    // A health check of the original opens and ends without a head: neither an error nor a line in the log.
    if (this.#handle.ended) this.fail(new ProxyError("ABORTED"));
    else this.#server.headAwaited(this);
  }

  writable(): void {
    this.#earlyOk?.go();
  }

  stopped(): void {
    this.fail(new ProxyError("ABORTED"));
  }

  aborted(error: { readonly code: string }): void {
    this.fail(new ProxyError(error.code === "RESET" ? "ABORTED" : "BACKEND_LOST"));
  }

  /** The head did not come in time. */
  expire(): void {
    this.fail(new ProxyError("REQUEST_TIMEOUT"));
  }

  #malformed(error: ProxyError): void {
    this.#head = undefined;
    this.#server.headDone(this);
    this.#server.refuseMalformed(this, error);
  }

  #answer(): void {
    if (this.#answered) throw new Error(`tunnel to ${this.authority} was answered already`);
    this.#answered = true;
  }
}
