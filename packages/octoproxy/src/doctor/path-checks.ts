import type { BackendConfig } from "@octoproxy/client/config/client-config";
import { type Finding, pass, skip, warn } from "./finding.ts";

/** Below this a stream over HTTP/2 is told to be slow, bits a second. */
const slowBits = 100e6;
/** Ethernet less PPPoE, VPN and IPv6; QUIC needs 1200 at the least (RFC 9000 section 14). */
const ordinaryMtu = 1300;
const mebibyte = 1024 * 1024;

/** @param mtu greatest UDP payload that went through, bytes. */
export const judgeMtu = (backend: string, mtu: number | undefined): Finding => {
  const check = `${backend}, mtu`;
  if (mtu === undefined) return skip(check, "the connection ended before it was known");
  if (mtu >= ordinaryMtu) return pass(check, `the path takes UDP datagrams of ${mtu} bytes`);
  return warn(
    check,
    `the path takes UDP datagrams of ${mtu} bytes, no greater ones: QUIC is slower than it could be`,
    "look for a VPN or tunnel with a small MTU on the way; where it cannot be changed, http2 may be faster",
  );
};

/** What one stream can carry: a window for each round trip. */
export const judgeHttp2Window = ({ name, http2 }: BackendConfig, rttMs: number): Finding => {
  const check = `${name}, windows`;
  const window = http2.initialStreamWindowBytes;
  const bits = bitsPerSecond(window, rttMs);
  const message = `${mib(window)} a stream carry ${rate(bits)} at ${rttMs.toFixed(rttMs < 10 ? 1 : 0)} ms`;
  if (bits >= slowBits || http2.adaptiveWindow) return pass(check, message);
  const needed = Math.ceil(((slowBits / 8) * (rttMs / 1000)) / mebibyte) * mebibyte;
  return warn(check, message, `[backends.${name}.http2] initial_stream_window_size = ${needed}`);
};

/** The same for QUIC, held against the bandwidth that its own table wants. */
export const judgeQuicWindow = ({ name, quic }: BackendConfig, rttMs: number): Finding => {
  const check = `${name}, quic windows`;
  const bits = bitsPerSecond(quic.streamWindowBytes, rttMs);
  const message = `${mib(quic.streamWindowBytes)} a stream carry ${rate(bits)} at ${rttMs.toFixed(rttMs < 10 ? 1 : 0)} ms`;
  const wanted = quic.maxStreamBandwidthBytesPerSecond * 8;
  if (bits >= wanted) return pass(check, message);
  return warn(
    check,
    `${message}, less than max_stream_bandwidth (${rate(wanted)})`,
    `[backends.${name}.quic] expected_rtt = ${Math.ceil(rttMs / 10) * 10}`,
  );
};

const bitsPerSecond = (bytes: number, rttMs: number): number => (bytes * 8 * 1000) / Math.max(rttMs, 0.01);

const rate = (bits: number): string => {
  if (bits >= 1e9) return bits >= 10e9 ? "more than 10 Gbit/s" : `${(bits / 1e9).toFixed(1)} Gbit/s`;
  return `${bits >= 10e6 ? Math.round(bits / 1e6) : (bits / 1e6).toFixed(1)} Mbit/s`;
};

const mib = (bytes: number): string => `${(bytes / mebibyte).toFixed(bytes % mebibyte === 0 ? 0 : 1)} MiB`;
