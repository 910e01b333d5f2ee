import { isIP } from "node:net";

/** An address to bind: an IP literal (no name) and a port, of which 0 lets the system choose. */
export interface ListenAddress {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `ip:port`, `[v6]:port`, or a bare port, which then means 127.0.0.1 (as the original did).
 * @returns undefined where it is none of them.
 */
export const parseListenAddress = (text: string): ListenAddress | undefined => {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? "127.0.0.1";
  const port = Number(match[3]);
  if (isIP(host) !== (match[1] === undefined ? 4 : 6) || port > 65535) return undefined;
  return { host, port };
};

/** `ip:port`, IPv6 in brackets. */
export const formatListenAddress = ({ host, port }: ListenAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** Several of them in a line, in their order. */
export const formatListenAddresses = (addresses: readonly ListenAddress[]): string =>
  addresses.map(formatListenAddress).join(", ");
