import { ConfigError } from "@octoproxy/lib/config/config-fault";
import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import { firstLineOf, printable } from "@octoproxy/lib/error/proxy-error";
import type { DescriptorReserve } from "@octoproxy/lib/lifecycle/descriptor-reserve";
import { serverHttp2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import { type Http2Listener, type Http2ListenOptions, listenHttp2 } from "@octoproxy/lib/transport/h2/listen";
import { listenQuic, type QuicListener } from "@octoproxy/lib/transport/quic/listen";
import { serverQuicSettings } from "@octoproxy/lib/transport/quic/quic-settings";
import type { ListenerHandlers } from "@octoproxy/lib/transport/transport";
import { listenWebTransport, type WebTransportListener } from "@octoproxy/lib/transport/webtransport/listen";
import type { ServerConfig } from "../config/server-config.ts";
import type { TlsIdentity } from "../tls-identity.ts";

/** Whom the listeners of a server are opened for. */
export interface ListenersOwner {
  readonly config: ServerConfig;
  /** In force: a reload replaces it. */
  readonly identity: TlsIdentity;
  readonly handlers: ListenerHandlers;
  readonly descriptors: DescriptorReserve;
}

export type ServerListener = Http2Listener | QuicListener | WebTransportListener;

/** How often a port of the system's choice is sought that is free for TCP and UDP alike. */
const mostTries = 20;

/**
 * Opens all listeners of the configuration.
 * @throws the system's error where one cannot be bound; what listens then is in `opened`.
 */
export const openAllListeners = async (owner: ListenersOwner, opened: ServerListener[]): Promise<void> => {
  const { listenAddresses, webtransportAddress } = owner.config;
  for (const address of listenAddresses) opened.push(...(await openListeners(address, owner)));
  if (webtransportAddress !== undefined) opened.push(await openWebTransport(webtransportAddress, owner));
};

/**
 * Listens on one address: TCP for HTTP/2 and, where `quic` is on, UDP on the same port.
 * @throws the system's error where TCP or UDP cannot be bound; then nothing listens.
 */
const openListeners = async (
  address: ListenAddress,
  owner: ListenersOwner,
): Promise<readonly ServerListener[]> => {
  for (let tries = 1; ; tries++) {
    const http2 = await openHttp2(address, owner);
    if (!owner.config.quic) return [http2];
    const port = Number(http2.address.slice(http2.address.lastIndexOf(":") + 1));
    try {
      return [http2, openQuic({ host: address.host, port }, owner)];
    } catch (error) {
      http2.destroy();
      // The system chose the port for TCP; somebody else may have it for UDP.
      const another = address.port === 0 && (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!another || tries === mostTries) throw error;
    }
  }
};

/**
 * Certificate, trust and lists for handshakes from now on, on all listeners or on none.
 * @throws ConfigError in the words of TLS where it does not take them; then `former` holds on all.
 */
export const exchangeIdentity = (
  listeners: readonly ServerListener[],
  next: TlsIdentity,
  former: TlsIdentity,
  file: string,
): void => {
  try {
    for (const listener of listeners) useIdentity(listener, next);
  } catch (error) {
    for (const listener of listeners) useIdentity(listener, former);
    const message = printable(`TLS does not take the certificate and its key: ${firstLineOf(error)}`);
    throw new ConfigError([{ file, line: undefined, column: undefined, keyPath: "", message }]);
  }
};

const useIdentity = (listener: ServerListener, identity: TlsIdentity): void => {
  if (listener.protocol === "quic") listener.setTls(identity.quicTls, identity.allowAnyClient);
  else listener.setSecureContext(identity.secureContext);
};

const openHttp2 = (address: ListenAddress, owner: ListenersOwner): Promise<Http2Listener> =>
  listenHttp2(tlsOptionsOf(address, owner), owner.handlers);

const openWebTransport = (address: ListenAddress, owner: ListenersOwner): Promise<WebTransportListener> =>
  listenWebTransport(tlsOptionsOf(address, owner), owner.handlers);

const tlsOptionsOf = ({ host, port }: ListenAddress, owner: ListenersOwner): Http2ListenOptions => {
  const { config, identity } = owner;
  return {
    host,
    port,
    tls: identity.secureContext,
    judge: (socket) => owner.identity.judge(socket),
    settings: { ...serverHttp2Settings, maxConcurrentStreams: config.maxTunnelsPerClient },
    mayAccept: () => owner.descriptors.take(),
    maxPendingHandshakes: config.maxPendingHandshakes,
    maxPendingHandshakesPerAddress: config.maxPendingHandshakesPerAddress,
  };
};

const openQuic = ({ host, port }: ListenAddress, owner: ListenersOwner): QuicListener => {
  const { config, identity, handlers } = owner;
  return listenQuic(
    {
      host,
      port,
      tls: identity.quicTls,
      anyClient: identity.allowAnyClient,
      judge: (chain) => owner.identity.judgeChain(chain),
      settings: serverQuicSettings,
      maxTunnels: config.maxTunnelsPerClient,
      maxPendingHandshakes: config.maxPendingHandshakes,
      maxPendingHandshakesPerAddress: config.maxPendingHandshakesPerAddress,
    },
    handlers,
  );
};
