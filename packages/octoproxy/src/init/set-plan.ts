import { wrongUsage } from "@octoproxy/easycert/easycert-error";
import { sanOfHost } from "@octoproxy/easycert/san";
import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import type { WantedName } from "@octoproxy/lib/tls/x509/general-name";

/** What the user asked for. */
export interface SetWish {
  /** Name or address by which clients reach the server; undefined: both run on this machine. */
  readonly serverName: string | undefined;
  readonly serverListen: ListenAddress | undefined;
  readonly clientListen: ListenAddress;
  /** `ip:port`, or `off`. */
  readonly metricAddress: string;
}

/** Everything that the files of a set agree on. */
export interface SetPlan {
  readonly serverListen: ListenAddress;
  readonly clientListen: ListenAddress;
  readonly metricAddress: string;
  /** Host of the backend's address: IPv6 without brackets. */
  readonly backendHost: string;
  /** What the server's certificate bears. */
  readonly names: readonly WantedName[];
  /** The server is to be reached from other machines. */
  readonly twoMachines: boolean;
}

const loopback = "127.0.0.1";
const serverPort = 8443;

/** @throws EasycertError with status 2 where the server's name is none. */
export const planSet = (wish: SetWish): SetPlan => {
  const listenDefault = { host: wish.serverName === undefined ? loopback : "0.0.0.0", port: serverPort };
  const serverListen = wish.serverListen ?? listenDefault;
  const anyHost = serverListen.host === "0.0.0.0" || serverListen.host === "::";
  const reachedAt = anyHost ? loopback : serverListen.host;
  const named = nameOfServer(wish.serverName ?? reachedAt);
  // The server's own machine reaches it under these, for a health check or a first try.
  const always = [sanOfHost("localhost"), sanOfHost(loopback), sanOfHost(reachedAt)];
  const names = new Map([named, ...always].map((name) => [`${name.type}:${name.value}`, name]));
  return {
    serverListen,
    clientListen: wish.clientListen,
    metricAddress: wish.metricAddress,
    backendHost: named.value,
    names: [...names.values()],
    twoMachines: wish.serverName !== undefined,
  };
};

const nameOfServer = (host: string): WantedName => {
  try {
    if (!host.includes("*")) return sanOfHost(host);
  } catch {
    // Told below, in the words of this command.
  }
  throw wrongUsage(`--server-name ${JSON.stringify(host)} is neither a DNS name nor an IP address`);
};
