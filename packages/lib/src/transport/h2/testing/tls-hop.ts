import { once } from "node:events";
import { readFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import tls from "node:tls";
import type { TestCertificates } from "./test-certificates.ts";

/** A TLS connection with the client's certificate and ALPN `h2`, handshake done. */
export const dialTls = async (port: number, certificates: TestCertificates): Promise<tls.TLSSocket> => {
  const socket = tls.connect({
    host: "127.0.0.1",
    port,
    servername: "server.test",
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.3",
    ca: readFileSync(certificates.ca),
    cert: readFileSync(certificates.client.cert),
    key: readFileSync(certificates.client.key),
  });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  return socket;
};

/** A plain port that holds the client's certificate for programs that cannot present one. */
export const startTlsHop = async (
  target: number,
  certificates: TestCertificates,
): Promise<{ port: number } & Disposable> => {
  const server = net.createServer({ allowHalfOpen: true }, (plain) => {
    plain.on("error", () => {});
    const socket = tls.connect({
      host: "127.0.0.1",
      port: target,
      servername: "server.test",
      ALPNProtocols: ["h2"],
      ca: readFileSync(certificates.ca),
      cert: readFileSync(certificates.client.cert),
      key: readFileSync(certificates.client.key),
    });
    pipeline(plain, socket, () => plain.destroy());
    pipeline(socket, plain, () => plain.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => server.close() };
};
