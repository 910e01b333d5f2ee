import { readFileSync } from "node:fs";
import { HeadDecoder, limitQuestion } from "@octoproxy/lib/tunnel/head-codec";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import type { StreamHandle } from "@octoproxy/quic/handles";
import { QuicServer } from "@octoproxy/quic/options";
import type { Folder } from "../harness/pair.ts";

/** What a hostile server does with a tunnel whose head has come. */
export type Treatment = (stream: StreamHandle) => void;

const limit = 16_384;

/** Where a QUIC server would be: polite until a tunnel is asked for. */
export class HostileQuicServer implements AsyncDisposable {
  /** Tunnels that it was asked for. */
  asked = 0;
  readonly #endpoint: QuicEndpoint;
  readonly #treat: Treatment;

  constructor(folder: Folder, treat: Treatment) {
    this.#treat = treat;
    const file = (name: string): Buffer => readFileSync(folder.file(`certs/${name}`));
    const server = new QuicServer({
      ca: file("ca.crt"),
      cert: file("server/server.crt"),
      key: file("server/server.key"),
      alpn: ["octoproxy/1"],
      maxStreams: limit,
    });
    this.#endpoint = new QuicEndpoint(
      { address: "127.0.0.1:0", server },
      { connection: (connection) => connection.use({ stream: (stream) => this.#serve(stream) }) },
    );
  }

  get address(): string {
    return this.#endpoint.address;
  }

  #serve(stream: StreamHandle): void {
    const decoder = new HeadDecoder();
    let isServed = false;
    const readable = (): void => {
      for (;;) {
        const chunk = stream.read();
        if (chunk === undefined) break;
        const head = isServed ? undefined : decoder.push(chunk);
        if (head === undefined) continue;
        isServed = true;
        if (head.target === "" || head.target === limitQuestion) {
          const count = Buffer.alloc(4);
          count.writeUInt32BE(limit);
          stream.write(Buffer.concat([Buffer.from("OK"), head.target === "" ? Buffer.alloc(0) : count]));
          stream.finish();
        } else {
          this.asked++;
          this.#treat(stream);
        }
      }
    };
    stream.use({ readable, writable: () => {}, stopped: () => {}, aborted: () => {} });
    readable();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint.close(1);
  }
}

const refusal = (length: number, words: string): Buffer => {
  const head = Buffer.from("ER\0\0");
  head.writeUInt16BE(length, 2);
  return Buffer.concat([head, Buffer.from(words)]);
};

export const treatments: Readonly<Record<string, Treatment>> = {
  "every tunnel is reset at once": (stream) => stream.destroy(1),
  "every tunnel ends without a word": (stream) => stream.finish(),
  "replies without sense": (stream) => {
    stream.write(Buffer.alloc(10_000, "?"));
    stream.finish();
  },
  "refusals longer than may be": (stream) => {
    stream.write(refusal(0xffff, "x".repeat(0xffff)));
    stream.finish();
  },
  "refusals with words without sense": (stream) => {
    stream.write(refusal(2000, "\x1b[2J\xff, ;;;=".padEnd(2000, "\x07")));
    stream.finish();
  },
  "a yes, and the end of it at once": (stream) => {
    stream.write(Buffer.from("OK"));
    stream.destroy(1);
  },
};
