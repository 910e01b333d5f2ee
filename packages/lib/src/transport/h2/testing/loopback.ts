import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { ProxyError } from "../../../error/proxy-error.ts";
import type { ListenerHandlers, PeerIdentity } from "../../transport.ts";
import type { Http2ClientConnection } from "../client-connection.ts";
import { connectHttp2 } from "../connect.ts";
import { defaultHttp2Settings, type Http2Settings } from "../http2-settings.ts";
import { type Http2Listener, listenHttp2 } from "../listen.ts";
import { testCertificates } from "./certificates.ts";

/** A judge for tests: whoever has a certificate of the test CA. */
export const testJudge = (socket: TLSSocket): PeerIdentity => {
  if (!socket.authorized) {
    throw new ProxyError("CERTIFICATE_REFUSED", { detail: `not accepted: ${socket.authorizationError}` });
  }
  const { fingerprint256, subject } = socket.getPeerCertificate();
  return {
    subject: `CN=${subject.CN}`,
    fingerprint: fingerprint256,
    names: ["DNS:localhost", "IP:127.0.0.1"],
  };
};

export const testListener = (
  handlers: ListenerHandlers,
  settings: Partial<Http2Settings> = {},
): Promise<Http2Listener> =>
  listenHttp2(
    {
      host: "127.0.0.1",
      port: 0,
      tls: testCertificates(),
      judge: testJudge,
      settings: { ...defaultHttp2Settings, ...settings },
    },
    handlers,
  );

/** A TCP socket to `ip:port`. */
export const dialAddress = async (address: string): Promise<Socket> => {
  const [host, port] = address.split(":");
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, "connect");
  return socket;
};

export const testConnect = async (
  address: string,
  signal: AbortSignal,
  settings: Partial<Http2Settings> = {},
  onSocket: (socket: Socket) => void = () => {},
): Promise<Http2ClientConnection> => {
  const { connection } = await connectHttp2(
    {
      dial: async () => {
        const socket = await dialAddress(address);
        onSocket(socket);
        return socket;
      },
      serverName: "localhost",
      address,
      tls: testCertificates(),
      judge: testJudge,
      settings: { ...defaultHttp2Settings, ...settings },
    },
    signal,
  );
  return connection;
};
