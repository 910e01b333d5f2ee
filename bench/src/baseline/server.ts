// The draft to beat: a CONNECT server on node:http2 in as few lines as do the job. Not part of the product.
import { readFileSync } from "node:fs";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect } from "node:net";

const [ca, cert, key] = process.argv.slice(2) as [string, string, string];
const server = createSecureServer({
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
  requestCert: true,
  minVersion: "TLSv1.3",
  settings: { initialWindowSize: 2 << 20, maxConcurrentStreams: 20_000, enableConnectProtocol: true },
});
server.on("session", (session) => session.setLocalWindowSize(16 << 20));
server.on("stream", (stream: ServerHttp2Stream, headers) => {
  const [host, port] = String(headers[":authority"]).split(":") as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  stream.on("error", () => socket.destroy());
  socket.on("error", () => stream.close());
  socket.on("connect", () => {
    stream.respond({ ":status": 200 });
    stream.pipe(socket).pipe(stream);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`listening 127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
