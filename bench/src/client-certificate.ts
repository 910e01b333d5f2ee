import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { connectQuic } from "@octoproxy/lib/transport/quic/connect";
import { defaultQuicSettings } from "@octoproxy/lib/transport/quic/quic-settings";
import type { BenchFolder } from "./bench-folder.ts";
import type { SecuredEntry } from "./chain.ts";

/**
 * A chain that lets strangers in is no mutual TLS and is not compared.
 * @throws Error where the entry answers somebody without a certificate, or does not answer one who has it.
 */
export const verifyClientCertificate = async (
  entry: SecuredEntry,
  folder: BenchFolder,
  target: string,
): Promise<void> => {
  const answered = entry.speaks === "quic" ? quicAnswers : tlsAnswers;
  if (await answered(entry, folder, target, false))
    throw new Error(`${entry.address} (${entry.speaks}) lets in a client without a certificate`);
  if (!(await answered(entry, folder, target, true)))
    throw new Error(`${entry.address} (${entry.speaks}) refuses a client with a good certificate`);
};

/** Whether a request to the target is answered. */
type Asks = (
  entry: SecuredEntry,
  folder: BenchFolder,
  target: string,
  certified: boolean,
) => Promise<boolean>;

const credentials = (folder: BenchFolder, certified: boolean) => ({
  ca: readFileSync(folder.certificate("ca.crt")),
  ...(certified && {
    cert: readFileSync(folder.certificate("client/client.crt")),
    key: readFileSync(folder.certificate("client/client.key")),
  }),
});

/** In TLS 1.3 the client's side of the handshake ends before the server judges it: only an answered request tells. */
const tlsAnswers: Asks = async (entry, folder, target, certified) => {
  const [host, port] = entry.address.split(":") as [string, string];
  const socket: TLSSocket = connect({
    host,
    port: Number(port),
    servername: "localhost",
    minVersion: "TLSv1.3",
    ...(entry.speaks === "http2" && { ALPNProtocols: ["h2"] }),
    ...credentials(folder, certified),
  });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on("error", () => resolve(false));
  socket.on("close", () => resolve(false));
  AbortSignal.timeout(5000).addEventListener("abort", () => resolve(false));
  socket.on("secureConnect", () => (entry.speaks === "http2" ? askHttp2 : askHttp1)(socket, target, resolve));
  const answer = await promise;
  socket.destroy();
  return answer;
};

/** Any status will do, and only a status: octoproxy tells strangers in a GOAWAY why they are refused. */
const askHttp2 = (socket: TLSSocket, target: string, answered: (yes: boolean) => void): void => {
  const session = connectHttp2("https://localhost", { createConnection: () => socket });
  session.on("error", () => answered(false));
  const stream = session.request({ ":method": "CONNECT", ":authority": target });
  stream.on("error", () => answered(false));
  stream.on("response", () => answered(true));
};

const askHttp1 = (socket: TLSSocket, target: string, answered: (yes: boolean) => void): void => {
  socket.on("data", () => answered(true));
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
};

/** The octoproxy way of asking: a connection stands once the server has answered a first question. */
const quicAnswers: Asks = async (entry, folder, _target, certified) => {
  try {
    const { connection } = await connectQuic(
      {
        resolve: async () => [entry.address],
        serverName: "localhost",
        tls: credentials(folder, certified),
        judge: () => ({ subject: "", fingerprint: "", names: [] }),
        settings: defaultQuicSettings,
        handshakeTimeoutMs: 5000,
      },
      AbortSignal.timeout(6000),
    );
    connection.destroy();
    return true;
  } catch {
    return false;
  }
};
