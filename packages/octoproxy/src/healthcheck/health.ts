import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ClientConfig } from "@octoproxy/client/config/client-config";
import { callAdmin } from "@octoproxy/lib/admin/admin-call";
import { formatListenAddress, type ListenAddress } from "@octoproxy/lib/config/listen-address";
import type { ServerConfig } from "@octoproxy/server/config/server-config";

/**
 * Whether a client serves: by its admin API, or, where that is off, by its listener.
 * @returns what was found, for a person. @throws with a sentence where it does not serve.
 */
export const checkClient = async (config: ClientConfig, signal: AbortSignal): Promise<string> => {
  const { metricAddress, listenAddresses } = config;
  if (metricAddress === undefined) {
    const address = reachable(listenAddresses[0]!);
    await connected(connectTcp({ ...address, signal }), "connect", address);
    return `${formatListenAddress(address)} accepts connections (the admin API is off)`;
  }
  const address = reachable(metricAddress);
  await callAdmin({ address }, "GET", "/healthz", signal);
  return `${formatListenAddress(address)} answers`;
};

/**
 * Whether a server serves: by a TLS handshake with its own listener. No certificate is shown, so no tunnel can be had.
 * @returns as above. @throws as above.
 */
export const checkServer = async (
  { listenAddresses }: ServerConfig,
  signal: AbortSignal,
): Promise<string> => {
  const address = reachable(listenAddresses[0]!);
  const tcp = connectTcp({ ...address, signal });
  // Whose certificate it is does not matter: it is our own configuration's address.
  const socket = connectTls({ socket: tcp, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  tcp.on("error", (error) => socket.destroy(error));
  await connected(socket, "secureConnect", address);
  return `${formatListenAddress(address)} completes a TLS handshake`;
};

const connected = (
  socket: Socket,
  event: "connect" | "secureConnect",
  address: ListenAddress,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const where = formatListenAddress(address);
    socket.once(event, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const isTimeout = error.name === "AbortError" || error.name === "TimeoutError";
      const words = error.code === "ECONNREFUSED" ? "nothing listens there" : error.message;
      reject(new Error(isTimeout ? `${where} did not answer in time` : `${where}: ${words}`));
    });
  });

/** An address that stands for all of them is asked on loopback. */
const reachable = ({ host, port }: ListenAddress): ListenAddress => {
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return host === "::" ? { host: "::1", port } : { host, port };
};
