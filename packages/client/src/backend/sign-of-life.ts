import { abortable } from "@octoproxy/lib/deadline/abortable";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";

const underWay = new WeakMap<ClientConnection, Promise<number>>();

/**
 * Asks a connection for a sign of life. However many ask, one ping is under way: each slow target asks once, and a
 * thousand pings a second would be a flood to a server that counts them.
 * @returns the round trip in milliseconds.
 * @throws ProxyError when the connection dies first; the signal's reason when it is aborted.
 */
export const signOfLife = (connection: ClientConnection, signal: AbortSignal): Promise<number> => {
  let ping = underWay.get(connection);
  if (ping === undefined) {
    ping = connection.ping(new AbortController().signal).finally(() => underWay.delete(connection));
    ping.catch(() => undefined); // those who asked may all have given up
    underWay.set(connection, ping);
  }
  return abortable(ping, signal);
};
