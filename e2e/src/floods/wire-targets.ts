import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { EchoTarget } from "../harness/echo-target.ts";
import { fillBacklog } from "../harness/full-backlog.ts";

/** Real targets for the names that attacks say: `wait` never answers, `stuck` never reads, `source` never ends, nor does `page`. */
export class WireTargets implements AsyncDisposable {
  readonly echo: string;
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #owned: AsyncDisposableStack;

  private constructor(addresses: ReadonlyMap<string, string>, owned: AsyncDisposableStack) {
    this.#addresses = addresses;
    this.echo = addresses.get("echo")!;
    this.#owned = owned;
  }

  static async start(): Promise<WireTargets> {
    await using started = new AsyncDisposableStack();
    const addresses = new Map<string, string>();
    addresses.set("echo", started.use(await EchoTarget.start()).address);
    addresses.set("wait", started.use(await fillBacklog()).address);
    const serve = {
      sink: (socket: Socket) => socket.resume(),
      stuck: (socket: Socket) => socket.pause(),
      source: (socket: Socket) => pour(socket.resume()),
      page: (socket: Socket) => {
        socket.resume().write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        pour(socket);
      },
    };
    for (const [name, serving] of Object.entries(serve)) {
      const one = started.use(await Target.start(serving));
      addresses.set(name, one.address);
    }
    return new WireTargets(addresses, started.move());
  }

  /** `echo.test:7` → `127.0.0.1:port`; others as they are. */
  readonly authorityOf = (name: string): string => this.#addresses.get(name.split(".")[0]!) ?? name;

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

class Target implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(serve: (socket: Socket) => unknown) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
      serve(socket);
    });
  }

  static async start(serve: (socket: Socket) => unknown): Promise<Target> {
    const target = new Target(serve);
    target.#server.listen(0, "127.0.0.1", 4096);
    await once(target.#server, "listening");
    return target;
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

const piece = Buffer.alloc(65_536, "x");

const pour = (socket: Socket): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece)) {}
  };
  socket.on("drain", more);
  more();
};
