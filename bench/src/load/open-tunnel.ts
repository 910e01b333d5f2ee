import { connect, type Socket } from "node:net";

/** Connects to `target`, through the proxy where there is one; calls back once, when bytes may be sent. */
export const openTunnel = (
  proxy: string,
  target: string,
  ready: (error: Error | undefined, socket: Socket) => void,
): void => {
  const [host, port] = (proxy === "-" ? target : proxy).split(":") as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true });
  const fail = (error: Error): void => ready(error, socket);
  socket.once("error", fail);
  socket.once("connect", () => {
    if (proxy === "-") {
      socket.off("error", fail);
      ready(undefined, socket);
      return;
    }
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    socket.once("data", (head: Buffer) => {
      socket.off("error", fail);
      const good = head.toString("latin1").startsWith("HTTP/1.1 200");
      ready(good ? undefined : new Error(head.toString("latin1")), socket);
    });
  });
};

/** The value below which this share of the sorted samples lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
