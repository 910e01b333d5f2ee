import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";

/** What a failed connect(2) means. Whatever the network says about the way there is `TARGET_UNROUTABLE`. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "CONNECTION_REFUSED",
  ETIMEDOUT: "CONNECTION_TIMEOUT",
  ECONNRESET: "CONNECTION_TERMINATED",
  EMFILE: "OVERLOADED",
  ENFILE: "OVERLOADED",
  ENOBUFS: "OVERLOADED",
  ENOMEM: "OVERLOADED",
};

/** @param nextHop `ip:port` that was dialed. */
export const errorOfConnect = (cause: NodeJS.ErrnoException, nextHop: string): ProxyError => {
  // Linux says the same of IPv6 where that is switched off; of IPv4 it means that each port of the machine's own range
  // has a connection to there.
  if (cause.code === "EADDRNOTAVAIL" && !nextHop.startsWith("[")) {
    const detail = `the proxy has no free port for another connection to ${nextHop}`;
    return new ProxyError("OVERLOADED", { detail, nextHop, cause });
  }
  return new ProxyError(codes[cause.code ?? ""] ?? "TARGET_UNROUTABLE", { nextHop, cause });
};

/**
 * The error of a dial of which every attempt failed: the first that says something about the target. That IPv6 has no
 * route from here does not.
 */
export const tellingError = (errors: readonly ProxyError[]): ProxyError =>
  errors.find(({ code }) => code !== "TARGET_UNROUTABLE") ?? errors[0]!;
