import { X509Certificate } from "node:crypto";
import { ProxyError } from "../../../error/proxy-error.ts";
import { testCertificates } from "../../h2/testing/certificates.ts";
import type { ListenerHandlers, PeerIdentity } from "../../transport.ts";
import type { QuicClientConnection } from "../client-connection.ts";
import { connectQuic, type QuicConnectOptions } from "../connect.ts";
import { listenQuic, type QuicListener, type QuicListenOptions } from "../listen.ts";
import { defaultQuicSettings, type QuicSettings } from "../quic-settings.ts";

/** A judge for tests: TLS has judged. */
export const testJudge = ([leaf]: readonly Uint8Array[]): PeerIdentity => {
  if (leaf === undefined) throw new ProxyError("CERTIFICATE_REFUSED", { detail: "no certificate" });
  const { subject, fingerprint256 } = new X509Certificate(leaf);
  return { subject, fingerprint: fingerprint256, names: ["DNS:localhost", "IP:127.0.0.1"] };
};

export const testListener = (
  handlers: ListenerHandlers,
  settings: Partial<QuicSettings> = {},
  options: Partial<QuicListenOptions> = {},
): QuicListener =>
  listenQuic(
    {
      host: "127.0.0.1",
      port: 0,
      tls: testCertificates(),
      judge: testJudge,
      settings: { ...defaultQuicSettings, ...settings },
      maxTunnels: 16_384,
      ...options,
    },
    handlers,
  );

export const testConnect = async (
  address: string,
  signal: AbortSignal,
  settings: Partial<QuicSettings> = {},
  options: Partial<QuicConnectOptions> = {},
): Promise<QuicClientConnection> => {
  const { connection } = await connectQuic(
    {
      resolve: async () => [address],
      serverName: "localhost",
      tls: testCertificates(),
      judge: testJudge,
      settings: { ...defaultQuicSettings, ...settings },
      ...options,
    },
    signal,
  );
  return connection;
};
