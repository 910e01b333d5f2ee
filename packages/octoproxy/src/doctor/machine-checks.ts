import { readFileSync } from "node:fs";
import { type Finding, pass, skip, warn } from "./finding.ts";

/** Descriptors that a daemon needs beside its tunnels. */
const reserved = 64;
/** Fewer tunnels than this are soon used up by a few browsers. */
const fewTunnels = 1000;
/** What QUIC's sockets ask for, bytes. */
const wantedBuffer = 2 * 1024 * 1024;

/**
 * @param limit descriptors that the process may open; undefined where the system does not tell.
 * @param perTunnel two where both ends are sockets of this process.
 */
export const judgeOpenFiles = (limit: number | undefined, perTunnel: number): Finding => {
  const check = "open files";
  if (limit === undefined) return skip(check, "this system does not tell its limit");
  if (limit === Number.POSITIVE_INFINITY) return pass(check, "no limit");
  const tunnels = Math.max(0, Math.floor((limit - reserved) / perTunnel));
  const message = `limit ${limit.toLocaleString("en")}: about ${tunnels.toLocaleString("en")} tunnels`;
  if (tunnels >= fewTunnels) return pass(check, message);
  return warn(check, message, "ulimit -n 65536, or LimitNOFILE= in the unit");
};

/** @param largest bytes that a socket may ask for (`net.core.rmem_max`). */
export const judgeReceiveBuffer = (largest: number | undefined): Finding => {
  const check = "receive buffer";
  if (largest === undefined) return skip(check, "this system does not tell its limit");
  const kib = `${Math.round(largest / 1024).toLocaleString("en")} KiB`;
  if (largest >= wantedBuffer) return pass(check, `sockets may have ${kib}`);
  const message = `sockets may have ${kib}, less than the 2 MiB that QUIC asks for: fast transfers lose packets`;
  return warn(check, message, `sysctl -w net.core.rmem_max=${wantedBuffer}`);
};

export const largestReceiveBuffer = (): number | undefined => {
  const text = textOf("/proc/sys/net/core/rmem_max").trim();
  return text === "" ? undefined : Number(text);
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
