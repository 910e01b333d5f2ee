// The server's half: `d` sends so many bytes, `u` swallows, `e` echoes.
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { QuicEndpoint } from "../src/endpoint.ts";
import type { StreamHandle } from "../src/handles.ts";
import { QuicServer } from "../src/options.ts";
import { type Identities, transport } from "./bench-side.ts";

const [name, json] = process.argv.slice(2);
const { ca, server: identity } = JSON.parse(json ?? "") as Identities;
const chunk = Buffer.alloc(64 * 1024, 9);

const serveQuic = (stream: StreamHandle): void => {
  let kind: number | undefined;
  let left = 0;
  let unsent: Uint8Array = chunk;
  let offset = chunk.length;
  const pump = (): void => {
    for (;;) {
      if (offset >= unsent.length) {
        if (kind !== 100 || left === 0) break;
        unsent = left < chunk.length ? chunk.subarray(0, left) : chunk;
        left -= unsent.length;
        offset = 0;
      }
      offset += stream.write(unsent, offset);
      if (offset < unsent.length) return;
    }
    if (kind === 100) stream.finish();
    else readable();
  };
  const readable = (): void => {
    do {
      const bytes = stream.read();
      if (bytes !== undefined) {
        if (kind === undefined) {
          kind = bytes[0];
          if (kind === 100) {
            left = Number(bytes.readBigUInt64BE(1));
            pump();
          }
        }
        if (kind === 101) {
          unsent = bytes;
          offset = stream.write(bytes);
          if (offset < bytes.length) return;
        }
      }
    } while (stream.more);
    if (stream.ended && kind !== 100) stream.finish();
  };
  stream.use({ readable, writable: pump, stopped: () => {}, aborted: () => {} });
  readable();
};

const serveHttp2 = (stream: ServerHttp2Stream): void => {
  stream.on("error", () => {});
  stream.respond();
  stream.once("data", (head: Buffer) => {
    if (head[0] === 101) {
      stream.write(head);
      stream.pipe(stream);
    } else if (head[0] === 117) stream.on("data", () => {}).on("end", () => stream.end());
    else {
      let left = Number(head.readBigUInt64BE(1));
      const pump = (): void => {
        while (left > 0) {
          left -= chunk.length;
          if (!stream.write(chunk)) return void stream.once("drain", pump);
        }
        stream.end();
      };
      pump();
    }
  });
};

if (name === "http2") {
  const options = { ca, ...identity, requestCert: true, rejectUnauthorized: true };
  const server = createSecureServer({
    ...options,
    settings: { initialWindowSize: 2 ** 22, maxConcurrentStreams: 16_384 },
  });
  server.on("session", (session) => session.setLocalWindowSize(2 ** 24));
  server.on("stream", serveHttp2);
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
} else {
  const server = new QuicServer({ ca, ...identity, alpn: ["bench"], ...transport });
  const endpoint = new QuicEndpoint(
    { address: "127.0.0.1:0", server },
    { connection: (connection) => connection.use({ stream: serveQuic }) },
  );
  process.send?.(Number(endpoint.address.split(":")[1]));
}
process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, rss: process.memoryUsage().rss });
});
process.on("disconnect", () => process.exit());
