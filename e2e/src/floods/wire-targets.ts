import type { Socket } from "node:net";
import { EchoTarget } from "../harness/echo-target.ts";
import { fillBacklog } from "../harness/full-backlog.ts";
import { SocketServer } from "../harness/socket-server.ts";

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
      const one = started.use(await SocketServer.start(serving));
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

const piece = Buffer.alloc(65_536, "x");

const pour = (socket: Socket): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece)) {}
  };
  socket.on("drain", more);
  more();
};
