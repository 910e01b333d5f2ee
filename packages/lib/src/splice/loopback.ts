import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { sharedRead } from "./socket-events.ts";

/** Connected pairs of TCP sockets on 127.0.0.1, for tests and measurements. */
export class Loopback implements AsyncDisposable {
  readonly #server: Server;
  readonly #accepted: ((socket: Socket) => void)[] = [];
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<Loopback> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Loopback(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#track(socket);
      this.#accepted.shift()?.(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @param shared the dialed end reads into the shared buffer, for a transient SocketStream; it is paused then. */
  async pair(shared = false): Promise<{ dialed: Socket; accepted: Socket }> {
    const accepted = new Promise<Socket>((resolve) => this.#accepted.push(resolve));
    const dialed = connect({
      host: "127.0.0.1",
      port: this.port,
      allowHalfOpen: true,
      noDelay: true,
      ...(shared ? { onread: sharedRead } : {}),
    });
    if (shared) dialed.pause();
    this.#track(dialed);
    await once(dialed, "connect");
    return { dialed, accepted: await accepted };
  }

  /** Sockets that are not closed yet. */
  get open(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
