import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { ProxyError } from "../../error/proxy-error.ts";
import { errorOfRefusal } from "../../tunnel/proxy-status.ts";
import { type Reply, ReplyDecoder } from "../../tunnel/reply-codec.ts";
import { abortCode } from "./close-code.ts";
import type { Ending, QuicTunnelConnection } from "./quic-connection.ts";
import { QuicTunnelStream } from "./quic-stream.ts";
import { ShortWrite } from "./short-write.ts";

/** A tunnel whose head was sent and whose reply is awaited. */
export class Opening implements StreamUser, Ending {
  readonly opened: Promise<QuicTunnelStream>;
  readonly #connection: QuicTunnelConnection;
  readonly #handle: StreamHandle;
  readonly #head: ShortWrite;
  readonly #reply = new ReplyDecoder();
  readonly #resolve: (stream: QuicTunnelStream) => void;
  readonly #reject: (error: unknown) => void;
  #done = false;

  constructor(connection: QuicTunnelConnection, handle: StreamHandle, head: Uint8Array) {
    this.#connection = connection;
    this.#handle = handle;
    const { promise, resolve, reject } = Promise.withResolvers<QuicTunnelStream>();
    this.opened = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    connection.add(this);
    this.#head = new ShortWrite(handle, head);
    handle.use(this);
    this.readable();
  }

  /** The caller does not want it any more, or the connection ended. */
  fail(error: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#handle.destroy(abortCode);
    this.#reject(error);
    this.#connection.remove(this);
  }

  readable(): void {
    try {
      do {
        const chunk = this.#handle.read();
        const reply = chunk === undefined ? undefined : this.#reply.push(chunk);
        if (reply !== undefined) {
          this.#answered(reply);
          return;
        }
      } while (this.#handle.more);
      if (this.#handle.ended)
        throw new ProxyError("BACKEND_LOST", { detail: "the server ended the stream without a reply" });
    } catch (error) {
      this.fail(error);
    }
  }

  writable(): void {
    this.#head.go();
  }

  /** The original stops a stream whose dial failed, `OK` and FIN beside it: the reply decides. */
  stopped(): void {
    this.readable();
  }

  aborted(): void {
    this.fail(new ProxyError("BACKEND_LOST", { detail: "the server reset the stream before its reply" }));
  }

  #answered(reply: Reply): void {
    if (reply.kind === "refused") {
      this.fail(errorOfRefusal({ status: 502, members: reply.members }));
      return;
    }
    if (this.#done) return;
    this.#done = true;
    const stream = new QuicTunnelStream(this.#handle, this.#connection, reply.rest);
    // The original says OK before it has read the head.
    if (this.#head.rest.length > 0) stream.write(this.#head.rest);
    this.#connection.add(stream);
    this.#connection.remove(this);
    if (this.#handle.finished) stream.fail(new ProxyError("RESET"));
    else stream.attach();
    this.#resolve(stream);
  }
}
