// The draft to beat: an HTTP CONNECT ingress that multiplexes over node:http2. Not part of the product.
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { type ClientHttp2Stream, connect } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Duplex } from "node:stream";

const [backend, ca, cert, key] = process.argv.slice(2) as [string, string, string, string];
const session = connect(`https://${backend}`, {
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
  minVersion: "TLSv1.3",
  settings: { initialWindowSize: 2 << 20, enablePush: false },
});
session.on("connect", () => session.setLocalWindowSize(16 << 20));

/** A tunnel as the socket that http.Agent wants. It only writes Buffers with something in them: node:http2 overwrites others. */
class TunnelSocket extends Duplex {
  readonly #stream: ClientHttp2Stream;
  constructor(authority: string) {
    super();
    this.#stream = session.request({ ":method": "CONNECT", ":authority": authority }, { endStream: false });
    this.#stream.on("error", (error) => this.destroy(error));
    this.#stream.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.#stream.pause();
    });
    this.#stream.on("end", () => this.push(null));
  }
  override _read(): void {
    this.#stream.resume();
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) done();
    else this.#stream.write(chunk, done);
  }
  override _final(done: () => void): void {
    this.#stream.end(done);
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.close();
    done(error);
  }
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

class TunnelAgent extends Agent {
  override createConnection(options: { host?: string | null; port?: string | number | null }): Duplex {
    return new TunnelSocket(`${options.host}:${options.port}`);
  }
}
const agent = new TunnelAgent({ keepAlive: true });

const proxy = createServer((incoming, outgoing) => {
  const url = new URL(String(incoming.url));
  const { hostname: host, port } = url;
  const options = { agent, host, port: port || 80, path: url.pathname + url.search };
  const forwarded = request({ ...options, method: incoming.method ?? "GET", headers: incoming.headers });
  forwarded.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on("error", () => outgoing.destroy());
  incoming.pipe(forwarded);
});
proxy.on("connect", (incoming, socket: Socket, head) => {
  const stream = session.request(
    { ":method": "CONNECT", ":authority": String(incoming.url) },
    { endStream: false },
  );
  socket.setNoDelay(true);
  socket.on("error", () => stream.close());
  stream.on("error", () => socket.destroy());
  stream.on("response", () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    if (head.length > 0) stream.write(head);
    socket.pipe(stream).pipe(socket);
  });
});
proxy.listen(0, "127.0.0.1", () => {
  process.stderr.write(`listening 127.0.0.1:${(proxy.address() as AddressInfo).port}\n`);
});
