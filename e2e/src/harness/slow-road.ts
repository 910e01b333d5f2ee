import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { hostAndPort } from "./raw-tunnel.ts";

/** A road to a server on which every byte takes so long, each way. */
export class SlowRoad implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(address: string, delayMs: number): Promise<SlowRoad> {
    const road: SlowRoad = new SlowRoad(
      createServer({ noDelay: true }, (near) => {
        const far = connect({ ...hostAndPort(address), noDelay: true });
        for (const [from, to] of [
          [near, far],
          [far, near],
        ] as const) {
          road.#sockets.add(from);
          from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs));
          from.on("error", () => undefined);
          from.on("close", () => setTimeout(() => to.destroy(), delayMs));
        }
      }),
    );
    road.#server.listen(0, "127.0.0.1");
    await once(road.#server, "listening");
    return road;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
