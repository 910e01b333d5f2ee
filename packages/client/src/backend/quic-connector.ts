import { isIPv4, isIPv6 } from "node:net";
import { alternateFamilies } from "@octoproxy/lib/dial/address-order";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import type { TlsMaterial } from "@octoproxy/lib/tls/material";
import type { QuicClientConnection } from "@octoproxy/lib/transport/quic/client-connection";
import { connectQuic, type QuicConnectOptions } from "@octoproxy/lib/transport/quic/connect";
import { quicTlsOf } from "@octoproxy/lib/transport/quic/material-tls";
import type { QuicSettings } from "@octoproxy/lib/transport/quic/quic-settings";
import { silentClientMs } from "@octoproxy/lib/transport/silent-client";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { BackendConfig, QuicConfig } from "../config/client-config.ts";
import type { Connector, ConnectorListener } from "./connector.ts";
import { SilencePolicy } from "./silence-policy.ts";

/** UDP does not tell of a closed port: a handshake that takes longer than this, or ten round trips, has failed. */
const leastHandshakeMs = 3000;
const handshakeRtts = 10;

/** QUIC. A connection whose other side falls silent is told to the listener long before its idle timeout ends it. */
export class QuicConnector implements Connector {
  listener: ConnectorListener | undefined;
  readonly why = undefined;
  readonly #options: QuicConnectOptions;
  readonly #quic: QuicConfig;

  constructor(backend: BackendConfig, material: TlsMaterial, resolver: Resolver) {
    this.#options = quicOptionsOf(backend, material, resolver);
    this.#quic = backend.quic;
  }

  async connect(signal: AbortSignal): Promise<ClientConnection> {
    const { connection } = await connectQuic(this.#options, signal);
    this.#watch(connection);
    return connection;
  }

  stop(): void {}

  /** Tells once, and ends what is open on a dead one. */
  #watch(connection: QuicClientConnection): void {
    const { keepAliveIntervalMs, maxIdleTimeoutMs } = this.#quic;
    const policy = new SilencePolicy(keepAliveIntervalMs, maxIdleTimeoutMs);
    let told = false;
    const poll = (): void => {
      const stats = connection.quic.stats();
      if (stats === undefined) return;
      const state = policy.poll(performance.now(), stats);
      if (state !== "alive" && !told) this.listener?.silent(connection);
      told ||= state !== "alive";
      if (state === "dead") connection.destroy(fellSilent());
      else timer = setTimeout(poll, policy.nextPollMs(connection.openStreams)).unref();
    };
    let timer = setTimeout(poll, policy.nextPollMs(0)).unref();
    void connection.closed.then(() => clearTimeout(timer));
  }
}

const fellSilent = (): ProxyError => new ProxyError("BACKEND_LOST", { detail: "the server fell silent" });

/** How one backend is connected to over QUIC. */
export const quicOptionsOf = (
  backend: BackendConfig,
  material: TlsMaterial,
  resolver: Resolver,
): QuicConnectOptions => {
  const { serverName, quic, dialect } = backend;
  return {
    serverName,
    resolve: (signal) => addressesOf(backend, resolver, signal),
    // Its lists may be exchanged between two attempts.
    get tls() {
      return quicTlsOf(material);
    },
    judge: (chain) =>
      judgeChain(chain, material.trust, { purpose: "server", name: serverName, now: Date.now() }),
    settings: quicSettingsOf(quic),
    originalVariant: dialect === "auto" ? "git" : dialect,
    handshakeTimeoutMs: Math.max(leastHandshakeMs, handshakeRtts * quic.expectedRttMs),
  };
};

const addressesOf = async (
  { host, port, quic }: BackendConfig,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const all = await resolver.resolve(host, signal);
  const fit = quic.ipv4Only ? all.filter((address) => isIPv4(address)) : all;
  if (fit.length === 0) {
    const detail = `${host} has no IPv4 address, and ipv4_only is set`;
    throw new ProxyError("BACKEND_UNREACHABLE", { detail });
  }
  return alternateFamilies(fit).map((address) =>
    isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`,
  );
};

const quicSettingsOf = (config: QuicConfig): QuicSettings => ({
  streamWindowBytes: config.streamWindowBytes,
  expectedRttMs: config.expectedRttMs,
  // What both sides keep to: `max_idle_timeout` is ours alone, watched by the `SilencePolicy`, so that the server still
  // has our tunnels when we wake from a sleep that was longer.
  maxIdleTimeoutMs: config.maxIdleTimeoutMs === 0 ? 0 : Math.max(config.maxIdleTimeoutMs, silentClientMs),
  keepAliveIntervalMs: config.keepAliveIntervalMs,
  congestion: config.congestion,
});
