import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { makeCa, makeClient, makeServer, trusting } from "@octoproxy/lib/tls/certificate.fixture";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import type { TlsMaterial } from "@octoproxy/lib/tls/material";
import { longLived } from "@octoproxy/lib/tls/peer-cases.fixture";
import { whyNoQuic } from "@octoproxy/lib/transport/quic/availability";
import type { QuicClientConnection } from "@octoproxy/lib/transport/quic/client-connection";
import { listenQuic, type QuicListener } from "@octoproxy/lib/transport/quic/listen";
import { defaultQuicSettings } from "@octoproxy/lib/transport/quic/quic-settings";
import { UdpRelay } from "@octoproxy/lib/transport/quic/testing/udp-relay";
import type { Connection, IncomingTunnel } from "@octoproxy/lib/transport/transport";
import type { BackendConfig, QuicConfig } from "../config/client-config.ts";
import { QuicConnector } from "./quic-connector.ts";

const ca = makeCa("octoproxy ca", longLived);
const own = makeClient(ca, longLived);
const served = makeServer(ca, { ...longLived, names: [{ type: "DNS", value: "localhost" }] });

const material: TlsMaterial = {
  cert: own.certificatePem,
  key: own.keyPem,
  ca: [ca.certificatePem],
  trust: trusting(ca),
  own: own.certificate,
  expiries: [],
};

const keys: QuicConfig = {
  maxIdleTimeoutMs: 30_000,
  keepAliveIntervalMs: 5000,
  ipv4Only: false,
  expectedRttMs: 100,
  maxStreamBandwidthBytesPerSecond: 12_500_000,
  congestion: "cubic",
  streamWindowBytes: 1_250_000,
};

/** Everything that a connector reads of a backend. */
const backendOf = (address: string, changes: Partial<QuicConfig>): BackendConfig => {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  const part: Partial<BackendConfig> = {
    name: "tokyo",
    address: `localhost:${port}`,
    host: "localhost",
    port,
    serverName: "localhost",
    dialect: "auto",
    quic: { ...keys, ...changes },
  };
  return part as BackendConfig;
};

const resolvesTo = (...addresses: readonly string[]): Resolver => {
  const resolver: Pick<Resolver, "resolve"> = { resolve: async () => addresses };
  return resolver as Resolver;
};

interface Served {
  readonly listener: QuicListener;
  readonly connections: Connection[];
  onTunnel: (tunnel: IncomingTunnel) => void;
  [Symbol.dispose](): void;
}

const serve = (host = "127.0.0.1"): Served => {
  const connections: Connection[] = [];
  const listener = listenQuic(
    {
      host,
      port: 0,
      tls: { cert: served.certificatePem, key: served.keyPem, ca: [ca.der] },
      judge: (chain) => judgeChain(chain, trusting(ca), { purpose: "client", now: Date.now() }),
      settings: defaultQuicSettings,
      maxTunnels: 100,
    },
    {
      connection: (connection) => connections.push(connection),
      tunnel: (tunnel) => server.onTunnel(tunnel),
      refused: () => {},
    },
  );
  const server: Served = {
    listener,
    connections,
    onTunnel: (tunnel) => void tunnel.accept(),
    [Symbol.dispose]: () => listener.destroy(),
  };
  return server;
};

const patience = (): AbortSignal => AbortSignal.timeout(20_000);

const connect = async (
  address: string,
  changes: Partial<QuicConfig> = {},
  resolver = resolvesTo("127.0.0.1"),
): Promise<{ readonly connection: QuicClientConnection; readonly connector: QuicConnector }> => {
  const connector = new QuicConnector(backendOf(address, changes), material, resolver);
  return { connection: (await connector.connect(patience())) as QuicClientConnection, connector };
};

suite("the keys of a backend's QUIC", { skip: whyNoQuic(), concurrency: 4 }, () => {
  test("expected_rtt and max_stream_bandwidth: their product is what a tunnel holds unread", async () => {
    for (const [expectedRttMs, bandwidth] of [
      [100, 10_000_000],
      [400, 10_000_000],
    ] as const) {
      const window = (expectedRttMs * bandwidth) / 1000;
      using server = serve();
      const blocked = Promise.withResolvers<void>();
      server.onTunnel = (tunnel) => {
        const stream = tunnel.accept();
        stream.own({ data: () => true, drain: () => {}, end: () => {}, reset: () => {} });
        const chunk = new Uint8Array(64 * 1024);
        const more = (left: number): void => {
          for (let now = 0; now < 16 && left > 0; now++, left--) stream.write(chunk);
          if (left > 0) setImmediate(more, left);
          else blocked.resolve();
        };
        more(128);
      };
      const { connection } = await connect(server.listener.address, {
        expectedRttMs,
        maxStreamBandwidthBytesPerSecond: bandwidth,
        streamWindowBytes: window,
      });
      const stream = await connection.open("unread.test:1", patience());
      await blocked.promise;
      const received = (): number => connection.quic.stats()?.receivedBytes ?? 0;
      await arrived(connection, received, window * 0.9);
      const receivedBytes = received();
      // Packets count, also those that were sent twice on a busy machine.
      assert.ok(receivedBytes < window * 1.5 + 256 * 1024, `${receivedBytes} of ${window}`);
      stream.reset();
      connection.destroy();
    }
  });

  test("congestion: bbr begins with another window than cubic and reno", async () => {
    using server = serve();
    const windowOf = async (congestion: QuicConfig["congestion"]): Promise<number> => {
      const { connection } = await connect(server.listener.address, { congestion });
      const { congestionWindow } = connection.quic.stats()!;
      connection.destroy();
      return congestionWindow;
    };
    const [cubic, reno, bbr] = [await windowOf("cubic"), await windowOf("reno"), await windowOf("bbr")];
    assert.ok(bbr > 3 * cubic && bbr > 3 * reno, `cubic ${cubic}, reno ${reno}, bbr ${bbr}`);
  });

  test("ipv4_only: IPv6 is not tried, and where there is nothing else that is said", async () => {
    using server = serve();
    const both = resolvesTo("::1", "127.0.0.1");
    const { connection } = await connect(server.listener.address, { ipv4Only: true }, both);
    assert.match(connection.remoteAddress, /^127\.0\.0\.1:/);
    connection.destroy();
    await assert.rejects(connect(server.listener.address, { ipv4Only: true }, resolvesTo("::1")), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.code, "BACKEND_UNREACHABLE");
      assert.match(error.message, /no IPv4 address.*ipv4_only/);
      return true;
    });
  });

  test("without it IPv6 is tried as well", async () => {
    using server = serve("::1");
    const resolver = resolvesTo("::1");
    const { connection } = await connect(server.listener.address, {}, resolver);
    assert.match(connection.remoteAddress, /^\[::1\]:/);
    connection.destroy();
  });

  test("max_idle_timeout: a connection that is silent for so long is lost", async () => {
    using server = serve();
    const relay = await UdpRelay.start(server.listener.address);
    const changes = { maxIdleTimeoutMs: 1000, keepAliveIntervalMs: 0 };
    const { connection } = await connect(relay.address, changes);
    relay.cut();
    const begun = performance.now();
    const error = await connection.closed;
    relay.close();
    assert.equal(error?.code, "BACKEND_LOST");
    assert.ok(performance.now() - begun < 10_000, "far below the default of 30 s");
  });

  test("keep_alive_interval: an idle connection lives on past its idle timeout, and its silence is told", async () => {
    using server = serve();
    const relay = await UdpRelay.start(server.listener.address);
    const changes = { maxIdleTimeoutMs: 4000, keepAliveIntervalMs: 500 };
    const { connection, connector } = await connect(relay.address, changes);
    const begun = performance.now();
    while (performance.now() - begun < 1.2 * changes.maxIdleTimeoutMs) {
      assert.equal(await Promise.race([relay.passed(), connection.closed]), "passed");
    }
    assert.equal(connection.draining, false);
    const silent = Promise.withResolvers<unknown>();
    connector.listener = { better: () => {}, silent: silent.resolve };
    relay.cut();
    assert.equal(await Promise.race([silent.promise, connection.closed]), connection);
    relay.close();
    connection.destroy();
  });
});

/** Waits until so much is there, and for all that was on its way with it: questions are answered behind it. */
const arrived = async (
  connection: QuicClientConnection,
  read: () => number,
  least: number,
): Promise<void> => {
  const signal = patience();
  while (read() < least) await connection.ping(signal);
  for (let round = 0; round < 20; round++) await connection.ping(signal);
};
