import { connect, type Socket } from "node:net";
import { hostAndPort } from "./raw-tunnel.ts";
import { SocketServer } from "./socket-server.ts";

/** A road to a server on which every byte takes so long, each way. */
export const slowRoad = (address: string, delayMs: number): Promise<SocketServer> =>
  SocketServer.start((near) => {
    const far = connect({ ...hostAndPort(address), noDelay: true });
    near.setNoDelay();
    carry(near, far, delayMs);
    carry(far, near, delayMs);
  });

const carry = (from: Socket, to: Socket, delayMs: number): void => {
  from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs));
  from.on("error", () => undefined);
  from.on("close", () => setTimeout(() => to.destroy(), delayMs));
};
