import { readFile } from "node:fs/promises";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { identityOf } from "@octoproxy/lib/tls/judge";
import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { dialWebTransport } from "@octoproxy/lib/transport/webtransport/connect";
import type { VisitorFiles } from "./quic-visitor.ts";
import { hostAndPort } from "./raw-tunnel.ts";

/**
 * Connects to a server through a WebTransport pipe by the transport alone, with whatever certificate.
 * @throws ProxyError with the words of the refusal
 */
export const visitByWebTransport = async (
  address: string,
  { ca, cert, key }: VisitorFiles,
): Promise<ClientConnection> => {
  const own =
    cert === undefined || key === undefined ? {} : { cert: await readFile(cert), key: await readFile(key) };
  const { connection } = await connectHttp2(
    {
      dial: (signal) => dialWebTransport(hostAndPort(address), signal),
      serverName: "localhost",
      address,
      tls: { ca: await readFile(ca), ...own },
      judge: (socket) => identityOf(new Certificate(socket.getPeerX509Certificate()!.raw)),
      settings: defaultHttp2Settings,
      protocol: "webtransport",
    },
    AbortSignal.timeout(20_000),
  );
  return connection;
};
