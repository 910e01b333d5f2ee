import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { requestBodyFraming } from "@octoproxy/lib/http1/body-framing";
import { HeadParser } from "@octoproxy/lib/http1/head-parser";
import { type RequestHead, requestHeads } from "@octoproxy/lib/http1/request-head";
import type { StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import type { ApplicationConnection } from "./application-connection.ts";
import { refusalPage } from "./refusal-page.ts";

const established = Buffer.from("HTTP/1.1 200 Connection established\r\n\r\n");

/** Reads the first head of an application that speaks HTTP. CONNECT becomes a tunnel, the rest is forwarded. */
export class HttpDoor implements StreamOwner {
  readonly #connection: ApplicationConnection;
  readonly #heads = new HeadParser(requestHeads);

  constructor(connection: ApplicationConnection) {
    this.#connection = connection;
  }

  /** Whether an application began to say something. */
  get started(): boolean {
    return this.#heads.started;
  }

  data(chunk: Uint8Array): boolean {
    try {
      const end = this.#heads.feed(chunk, 0);
      if (end < 0) return true;
      const head = this.#heads.take();
      const rest = chunk.subarray(end);
      if (head.method === "CONNECT") askForTunnel(this.#connection, head, rest);
      else return this.#connection.forward(head, rest);
    } catch (error) {
      const refusal = ProxyError.from(error, "INTERNAL");
      this.#connection.refuse(refusal, refusalPage(refusal));
    }
    return true;
  }

  drain(): void {}

  end(): void {
    this.#connection.abandon();
  }

  reset(): void {
    this.#connection.abandon();
  }
}

/**
 * A CONNECT request (RFC 9110 section 9.3.6), the first or a later one of its connection.
 * @throws ProxyError `BAD_REQUEST` where it has a body.
 */
export const askForTunnel = (
  connection: ApplicationConnection,
  head: RequestHead,
  rest: Uint8Array,
): void => {
  requestBodyFraming(head);
  if (head.target.form !== "authority") throw new ProxyError("BAD_REQUEST");
  const { target } = head.target;
  connection.ask("connect", target, rest, established, (error, members) =>
    refusalPage(error, members, { target }),
  );
};
