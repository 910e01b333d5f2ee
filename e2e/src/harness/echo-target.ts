import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** Bytes of the name that a tunnel sends first. */
export const nameBytes = 16;

/** Sends back what it gets, and counts how often each name (the first bytes of a connection) arrived. */
export class EchoTarget implements AsyncDisposable {
  readonly seen = new Map<string, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket));
  }

  /** @param host `0.0.0.0` makes it reachable by every 127.x.y.z: many hosts. */
  static async start(host = "127.0.0.1"): Promise<EchoTarget> {
    const target = new EchoTarget();
    target.#server.listen(0, host, 4096);
    await once(target.#server, "listening");
    return target;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let name = "";
    socket.on("data", (chunk: Buffer) => {
      if (name.length < nameBytes) {
        name = (name + chunk.toString("latin1")).slice(0, nameBytes);
        if (name.length === nameBytes) this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
      }
      socket.write(chunk);
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
