import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import type { ApplicationConnection } from "../application-connection.ts";
import {
  readSocks4Request,
  readSocks5Greeting,
  readSocks5Request,
  type SocksStep,
  socks4Reply,
  socks5Reply,
} from "./socks-codec.ts";

const granted = {
  socks5: Buffer.from(socks5Reply(0)),
  socks4: Buffer.from(socks4Reply(true)),
} as const;

/** Reads a SOCKS request from an application: one byte or all at once, it is the same. */
export class SocksDoor implements StreamOwner {
  readonly #connection: ApplicationConnection;
  readonly #door: "socks5" | "socks4";
  #read: (bytes: Uint8Array) => SocksStep;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(connection: ApplicationConnection, version: 4 | 5) {
    this.#connection = connection;
    this.#door = version === 5 ? "socks5" : "socks4";
    this.#read = version === 5 ? readSocks5Greeting : readSocks4Request;
  }

  /** What an application of that version is told in place of a tunnel. */
  static refusal(door: "socks5" | "socks4", error: ProxyError): Uint8Array {
    return door === "socks5" ? socks5Reply(error.traits.socks) : socks4Reply(false);
  }

  data(chunk: Uint8Array): boolean {
    // A request has some 520 bytes at most: what is longer is refused or complete.
    this.#bytes = this.#bytes.length === 0 ? Uint8Array.from(chunk) : Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const step = this.#read(this.#bytes);
      if (step.kind === "more") return true;
      if (step.kind === "refuse") {
        this.#connection.refuse(step.error, step.reply);
        return true;
      }
      const rest = this.#bytes.subarray(step.length);
      if (step.kind === "request") {
        const door = this.#door;
        this.#connection.ask(door, step.target, rest, granted[door], (error) =>
          SocksDoor.refusal(door, error),
        );
        return true;
      }
      this.#connection.stream.write(step.reply);
      this.#read = readSocks5Request;
      this.#bytes = rest;
    }
  }

  drain(): void {}

  end(): void {
    this.#connection.abandon();
  }

  reset(): void {
    this.#connection.abandon();
  }
}
