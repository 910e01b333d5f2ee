import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A TCP server whose connections a test drives by hand. */
export class TcpTarget implements AsyncDisposable {
  readonly #server = createServer({ allowHalfOpen: true });
  readonly #accepted: Socket[] = [];
  readonly #wanted: ((socket: Socket) => void)[] = [];

  /** @param host an address of this machine. */
  static async start(host = "127.0.0.1"): Promise<TcpTarget> {
    const target = new TcpTarget();
    target.#server.on("connection", (socket) => {
      socket.on("error", () => undefined);
      const wanted = target.#wanted.shift();
      if (wanted === undefined) target.#accepted.push(socket);
      else wanted(socket);
    });
    target.#server.listen(0, host);
    await once(target.#server, "listening");
    return target;
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** The next accepted connection. */
  next(): Promise<Socket> {
    const waiting = this.#accepted.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#accepted) socket.destroy();
    this.#server.close();
  }
}
