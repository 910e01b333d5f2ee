// The draft to beat: an HTTP CONNECT ingress that multiplexes over node:http2. Not part of the product.
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo, Socket } from "node:net";

const [backend, ca, cert, key] = process.argv.slice(2) as [string, string, string, string];
const session = connect(`https://${backend}`, {
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
  minVersion: "TLSv1.3",
  settings: { initialWindowSize: 2 << 20, enablePush: false },
});
session.on("connect", () => session.setLocalWindowSize(16 << 20));
const proxy = createServer((incoming, outgoing) => {
  // Absolute form the simple way: a tunnel for each request.
  const url = new URL(String(incoming.url));
  const stream = session.request({ ":method": "CONNECT", ":authority": url.host }, { endStream: false });
  stream.on("error", () => outgoing.destroy());
  stream.on("response", () => {
    const headers = { ...incoming.headers, connection: "close" };
    const forwarded = request(
      {
        path: url.pathname,
        method: incoming.method ?? "GET",
        headers,
        createConnection: () => stream as unknown as Socket,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
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
