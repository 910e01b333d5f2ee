import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { finished } from "node:stream";
import { ProxyError } from "../../../error/proxy-error.ts";
import { refusalOf } from "../../../tunnel/proxy-status.ts";
import type { IncomingTunnel } from "../../transport.ts";
import type { ByteStream, StreamOwner } from "../../tunnel-stream.ts";
import { chunkLength, chunksPerMebibyte, payloadChunk } from "./payload.ts";

/*
 * Targets that a test server plays itself, by the authority that is asked for:
 * `echo.test:7` sends back what comes; `source.test:N` sends N MiB of payload and FIN; `sink.test:9` reads to the
 * FIN and answers with the SHA-256 in hexadecimal and FIN; `stuck.test:1` is accepted and never read; `wait.test:1` is never answered; all else is refused.
 */
const parse = (authority: string): { kind: string; port: number } => {
  const [, kind = "", port = "0"] = /^(\w+)\.test:(\d+)$/.exec(authority) ?? [];
  return { kind, port: Number(port) };
};

class Echo implements StreamOwner {
  readonly #stream: ByteStream;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  data(chunk: Uint8Array): boolean {
    return this.#stream.write(this.#stream.retains ? Buffer.from(chunk) : chunk);
  }

  drain(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {}
}

const scratch = Buffer.alloc(chunkLength);

class Source implements StreamOwner {
  readonly #stream: ByteStream;
  readonly #chunks: number;
  #sent = 0;
  /** Bytes of the next chunk that are sent already. */
  #begun = 0;

  constructor(stream: ByteStream, mebibytes: number) {
    this.#stream = stream;
    this.#chunks = mebibytes * chunksPerMebibyte;
  }

  data(): boolean {
    return true;
  }

  drain(): void {
    while (this.#sent < this.#chunks) {
      const chunk = this.#stream.retains ? payloadChunk(this.#sent) : payloadChunk(this.#sent, scratch);
      // As a socket is read: no more than what goes out at once, but something to find that out.
      const most = Math.max(4 * 1024, this.#stream.room ?? chunk.length);
      const piece = chunk.subarray(this.#begun, this.#begun + most);
      this.#begun += piece.length;
      if (this.#begun === chunk.length) {
        this.#sent += 1;
        this.#begun = 0;
      }
      if (!this.#stream.write(piece)) return;
    }
    this.#stream.end();
  }

  end(): void {}

  reset(): void {
    this.#sent = this.#chunks;
  }
}

class Sink implements StreamOwner {
  readonly #stream: ByteStream;
  readonly #hash = createHash("sha256");

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  data(chunk: Uint8Array): boolean {
    this.#hash.update(chunk);
    return true;
  }

  drain(): void {}

  end(): void {
    this.#stream.write(Buffer.from(this.#hash.digest("hex")));
    this.#stream.end();
  }

  reset(): void {}
}

/** Answers a tunnel as the target that its authority names. */
export const serveTunnel = (tunnel: IncomingTunnel): void => {
  const { kind, port } = parse(tunnel.authority);
  if (kind === "wait") return;
  if (kind === "stuck") {
    tunnel.accept();
    return;
  }
  if (kind !== "echo" && kind !== "source" && kind !== "sink") {
    tunnel.refuse(refusalOf(new ProxyError("DNS_ERROR"), "octoproxy-server"));
    return;
  }
  const stream = tunnel.accept();
  if (kind === "echo") stream.own(new Echo(stream));
  if (kind === "sink") stream.own(new Sink(stream));
  if (kind === "source") {
    const source = new Source(stream, port);
    stream.own(source);
    source.drain();
  }
};

/** The same targets over a Duplex, for foreign servers. @returns false where the authority is none of them. */
export const serveDuplex = (stream: Duplex, authority: string): boolean => {
  const { kind, port } = parse(authority);
  stream.on("error", () => {});
  if (kind === "echo") {
    stream.pipe(stream);
    return true;
  }
  if (kind === "sink") {
    const hash = createHash("sha256");
    stream.on("data", (chunk: Buffer) => hash.update(chunk));
    stream.once("end", () => stream.end(Buffer.from(hash.digest("hex"))));
    return true;
  }
  if (kind !== "source") return false;
  stream.resume();
  let sent = 0;
  let over = false;
  finished(stream, { readable: false }, () => {
    over = true;
  });
  const pump = () => {
    while (!over && sent < port * chunksPerMebibyte) {
      sent += 1;
      if (!stream.write(payloadChunk(sent - 1))) return stream.once("drain", pump);
    }
    return stream.end();
  };
  pump();
  return true;
};
