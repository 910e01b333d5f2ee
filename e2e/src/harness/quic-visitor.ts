import { readFile } from "node:fs/promises";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { identityOf } from "@octoproxy/lib/tls/judge";
import type { QuicClientConnection } from "@octoproxy/lib/transport/quic/client-connection";
import { connectQuic } from "@octoproxy/lib/transport/quic/connect";
import { defaultQuicSettings } from "@octoproxy/lib/transport/quic/quic-settings";

export interface VisitorFiles {
  /** PEM of the server's authority. */
  readonly ca: string;
  /** None: a visitor without a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

/** Connects to a server over QUIC by the transport alone, with whatever certificate. @throws ProxyError with the words of the refusal */
export const visitByQuic = async (address: string, files: VisitorFiles): Promise<QuicClientConnection> => {
  const { cert, key } = files;
  const own = cert === undefined || key === undefined ? {} : { cert: await read(cert), key: await read(key) };
  const { connection } = await connectQuic(
    {
      resolve: async () => [address],
      serverName: "localhost",
      tls: { ca: await read(files.ca), ...own },
      judge: ([leaf]) => identityOf(new Certificate(leaf!)),
      settings: defaultQuicSettings,
    },
    AbortSignal.timeout(20_000),
  );
  return connection;
};

const read = (file: string): Promise<string> => readFile(file, "utf8");
