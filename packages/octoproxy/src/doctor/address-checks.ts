import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { callAdmin } from "@octoproxy/lib/admin/admin-call";
import {
  formatListenAddress,
  formatListenAddresses,
  type ListenAddress,
} from "@octoproxy/lib/config/listen-address";
import { startSentence } from "@octoproxy/lib/lifecycle/start-sentence";
import { type Finding, fail, pass, skip } from "./finding.ts";

/** Asks whether the daemon of this configuration runs here already. @throws where it does not. */
export type AskDaemon = (signal: AbortSignal) => Promise<string>;

const patienceMs = 3000;

/** Whether each address can be listened on, or is by the daemon itself. */
export const checkPort = async (
  addresses: readonly ListenAddress[],
  udp: boolean,
  askDaemon: AskDaemon,
): Promise<Finding> => {
  const check = "port";
  for (const address of addresses) {
    const error = (await tryTcp(address)) ?? (udp ? await tryUdp(address) : undefined);
    if (error === undefined) continue;
    const running = await askDaemon(AbortSignal.timeout(patienceMs)).catch(() => undefined);
    if (error.code === "EADDRINUSE" && running !== undefined)
      return pass(check, `octoproxy runs here: ${running}`);
    return fail(check, sentenceOf(error, address, udp), adviceOf(error, address));
  }
  const shown = formatListenAddresses(addresses);
  return pass(check, `${shown} ${addresses.length === 1 ? "is" : "are"} free${udp ? " (TCP and UDP)" : ""}`);
};

/** Whether the admin API answers, or could. */
export const checkAdmin = async (
  address: ListenAddress | undefined,
  token: string | undefined,
): Promise<Finding> => {
  const check = "admin address";
  if (address === undefined) return skip(check, "metric_address is off");
  const where = formatListenAddress(address);
  const answer = await callAdmin({ address, token }, "GET", "/healthz", AbortSignal.timeout(patienceMs)).then(
    () => undefined,
    (error: Error) => error,
  );
  if (answer === undefined) return pass(check, `${where} answers`);
  const error = await tryTcp(address);
  if (error === undefined) return pass(check, `${where} is free; no daemon runs there`);
  if (error.code !== "EADDRINUSE")
    return fail(check, sentenceOf(error, address, false), adviceOf(error, address));
  const message = `${where} is in use by another program: ${answer.message}`;
  return fail(check, message, 'set metric_address to another port, or to "off"');
};

const tryTcp = async (address: ListenAddress): Promise<NodeJS.ErrnoException | undefined> => {
  const server = createServer();
  try {
    server.listen({ ...address, exclusive: true });
    await once(server, "listening");
    server.close();
    await once(server, "close");
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
};

const tryUdp = async ({ host, port }: ListenAddress): Promise<NodeJS.ErrnoException | undefined> => {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.bind({ address: host, port, exclusive: true });
    await once(socket, "listening");
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    socket.close();
  }
};

const sentenceOf = (error: NodeJS.ErrnoException, address: ListenAddress, udp: boolean): string => {
  const told = startSentence(Object.assign(error, { address: address.host, port: address.port }));
  return udp && error.syscall === "bind" ? `${told} (UDP)` : told;
};

const adviceOf = ({ code }: NodeJS.ErrnoException, { port }: ListenAddress): string => {
  if (code === "EADDRINUSE")
    return `ss -ltnup 'sport = :${port}' tells which; or choose another listen_address`;
  if (code === "EACCES") return "choose a port from 1024 on, or give CAP_NET_BIND_SERVICE";
  return "ip address shows the addresses of this machine";
};
