import { materialFilesOf } from "@octoproxy/client/backend/backend-files";
import { http2OptionsOf } from "@octoproxy/client/backend/http2-connector";
import { quicOptionsOf } from "@octoproxy/client/backend/quic-connector";
import { webTransportOptionsOf } from "@octoproxy/client/backend/webtransport-connector";
import type { BackendConfig } from "@octoproxy/client/config/client-config";
import type { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { loadTlsMaterial, type TlsMaterial } from "@octoproxy/lib/tls/material";
import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { whyNoQuic } from "@octoproxy/lib/transport/quic/availability";
import { connectQuic } from "@octoproxy/lib/transport/quic/connect";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import { adviceFor } from "./backend-advice.ts";
import { type Finding, fail, pass, skip, warn } from "./finding.ts";
import { judgeHttp2Window, judgeMtu, judgeQuicWindow } from "./path-checks.ts";

/** For one backend over one protocol, from resolving its name to the last round trip. */
const patienceMs = 10_000;
/** Denied by every server before anything is dialed: what counts is that an answer comes. */
const nowhere = "0.0.0.0:9";
/** Path MTU discovery goes up in steps of one round trip each. */
const mtuPings = 12;

/** Reaches a backend by every protocol that its configuration may use. */
export const checkBackend = async (
  backend: BackendConfig,
  resolver: Resolver,
  handshakeTimeoutMs?: number,
): Promise<Finding[]> => {
  const material = materialOf(backend);
  const { protocol, name } = backend;
  if (protocol === "webtransport") return checkTcp(backend, material, resolver);
  const [tcp, udp] = await Promise.all([
    protocol === "quic"
      ? [skip(`${name}, tcp`, 'protocol is "quic"')]
      : checkTcp(backend, material, resolver),
    protocol === "http2"
      ? [skip(`${name}, udp`, 'protocol is "http2"')]
      : checkUdp(backend, material, resolver, handshakeTimeoutMs),
  ]);
  return [...tcp, ...udp];
};

const checkTcp = async (
  backend: BackendConfig,
  material: TlsMaterial,
  resolver: Resolver,
): Promise<Finding[]> => {
  const sessions = backend.protocol === "webtransport";
  const way = sessions ? "webtransport" : "tcp";
  const check = `${backend.name}, ${way}`;
  const signal = AbortSignal.timeout(patienceMs);
  const optionsOf = sessions ? webTransportOptionsOf : http2OptionsOf;
  try {
    const { connection, timings } = await connectHttp2(optionsOf(backend, material, resolver), signal);
    try {
      const { firstMs, rttMs } = await firstStream(connection, signal);
      const message = `${connection.remoteAddress} in ${ms(timings.dialMs)}, TLS 1.3 in ${ms(timings.tlsMs)}, our certificate accepted, first stream ${ms(firstMs)}, round trip ${ms(rttMs)}`;
      return [pass(check, message), judgeHttp2Window(backend, rttMs)];
    } finally {
      connection.destroy();
    }
  } catch (error) {
    return [fail(check, reasonOf(error, backend), adviceFor(error, backend, "tcp"))];
  }
};

const checkUdp = async (
  backend: BackendConfig,
  material: TlsMaterial,
  resolver: Resolver,
  handshakeTimeoutMs: number | undefined,
): Promise<Finding[]> => {
  const check = `${backend.name}, udp`;
  // With auto, tunnels go over HTTP/2 as long as this does not work.
  const bad = backend.protocol === "quic" ? fail : warn;
  const missing = whyNoQuic();
  if (missing !== undefined) return [bad(check, missing, 'use protocol = "http2"')];
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const options = quicOptionsOf(backend, material, resolver);
    const { connection, timings } = await connectQuic(
      { ...options, handshakeTimeoutMs: handshakeTimeoutMs ?? options.handshakeTimeoutMs },
      signal,
    );
    try {
      const { firstMs, rttMs } = await firstStream(connection, signal);
      for (let ping = 0; ping < mtuPings; ping++) await connection.ping(signal);
      const message = `${connection.remoteAddress}, QUIC in ${ms(timings.handshakeMs)}, our certificate accepted, first stream ${ms(firstMs)}, round trip ${ms(rttMs)}`;
      const mtu = connection.quic.stats()?.mtu;
      return [pass(check, message), judgeMtu(backend.name, mtu), judgeQuicWindow(backend, rttMs)];
    } finally {
      connection.destroy();
    }
  } catch (error) {
    return [bad(check, reasonOf(error, backend), adviceFor(error, backend, "udp"))];
  }
};

/** Opens a stream to where no server dials, and asks for a sign of life. @throws where no answer comes. */
const firstStream = async (connection: ClientConnection, signal: AbortSignal) => {
  const started = performance.now();
  try {
    (await connection.open(nowhere, signal)).reset();
  } catch (error) {
    const ours = error instanceof ProxyError && /^(BACKEND_|STREAM_LIMIT|ABORTED)/.test(error.code);
    if (ours || !(error instanceof ProxyError)) throw error;
  }
  const firstMs = performance.now() - started;
  return { firstMs, rttMs: await connection.ping(signal) };
};

const reasonOf = (error: unknown, { address }: BackendConfig): string => {
  if (error instanceof Error && error.name === "TimeoutError") {
    return `no answer in ${patienceMs / 1000} s from ${address}`;
  }
  const words = error instanceof Error ? error.message : String(error);
  return words.includes(address) ? words : `${address}: ${words}`;
};

const materialOf = ({ tls }: BackendConfig): TlsMaterial => {
  const now = Date.now();
  const { material, faults } = loadTlsMaterial(materialFilesOf(tls), {
    purpose: "client",
    now,
    resolve: (path) => path,
  });
  if (material === undefined) throw new Error(faults[0]?.message);
  return material;
};

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
