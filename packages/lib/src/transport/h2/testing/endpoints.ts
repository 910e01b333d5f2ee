import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { ProxyError } from "../../../error/proxy-error.ts";
import type { ClientConnection, Listener, ListenerHandlers, PeerIdentity } from "../../transport.ts";
import { connectHttp2 } from "../connect.ts";
import { defaultHttp2Settings, type Http2Settings, serverHttp2Settings } from "../http2-settings.ts";
import { listenHttp2 } from "../listen.ts";
import type { CertificateFiles } from "./test-certificates.ts";

/** Whose certificate to show and which authority to believe, as paths. */
export interface TestIdentity extends CertificateFiles {
  readonly ca: string;
}

const judge = (socket: TLSSocket): PeerIdentity => {
  if (!socket.authorized) {
    throw new ProxyError("CERTIFICATE_REFUSED", { detail: `not accepted: ${socket.authorizationError}` });
  }
  const { fingerprint256, subject } = socket.getPeerCertificate();
  return { subject: `CN=${subject.CN}`, fingerprint: fingerprint256, names: [] };
};

const material = ({ ca, cert, key }: TestIdentity) => ({
  ca: readFileSync(ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
});

export const portOf = (listener: Listener): number => Number(listener.address.split(":").at(-1));

/** Our listener on a free port of 127.0.0.1. */
export const listenTest = (
  identity: TestIdentity,
  handlers: ListenerHandlers,
  settings: Partial<Http2Settings> = {},
): Promise<Listener> =>
  listenHttp2(
    {
      host: "127.0.0.1",
      port: 0,
      tls: material(identity),
      judge,
      settings: { ...serverHttp2Settings, ...settings },
    },
    handlers,
  );

/** Our client, connected to a port of 127.0.0.1. */
export const dialTest = async (
  port: number,
  identity: TestIdentity,
  settings: Partial<Http2Settings> = {},
): Promise<ClientConnection> => {
  const dial = async () => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    return socket;
  };
  const { connection } = await connectHttp2(
    {
      dial,
      serverName: "server.test",
      address: `127.0.0.1:${port}`,
      tls: material(identity),
      judge,
      settings: { ...defaultHttp2Settings, ...settings },
    },
    AbortSignal.timeout(10_000),
  );
  return connection;
};
