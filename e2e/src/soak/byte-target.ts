import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Wire } from "./wire.ts";

/**
 * What tunnels lead to. The first line says what it does: `echo`; `down PHASE COUNT` sends the pattern and FIN;
 * `up PHASE COUNT` reads it and answers `ok` or what was wrong; `reset PHASE COUNT` sends the pattern and RST.
 * It is reached at every address of 127.0.0.0/8, so that each tunnel can have a host of its own.
 */
export class ByteTarget implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      void serve(new Wire(socket));
    });
  }

  static async start(): Promise<ByteTarget> {
    const target = new ByteTarget();
    target.#server.listen(0, "0.0.0.0", 1024);
    await once(target.#server, "listening");
    return target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const serve = async (wire: Wire): Promise<void> => {
  try {
    const [word, phase = "0", count = "0"] = (await wire.until("\n")).toString().trim().split(" ");
    if (word === "echo") await echo(wire);
    if (word === "down" || word === "reset") await wire.writePattern(Number(phase), Number(count));
    if (word === "up") {
      const said = await wire
        .readPattern(Number(phase), Number(count))
        .then(() => wire.expectEnd())
        .then(
          () => "ok",
          (error: Error) => error.message,
        );
      await wire.write(said);
    }
    if (word === "reset") wire.reset();
    else wire.end();
    while ((await wire.chunk()) !== null); // until the other side has said FIN as well
  } catch {
    wire.socket.destroy();
  }
};

const echo = async (wire: Wire): Promise<void> => {
  for (let chunk = await wire.chunk(); chunk !== null; chunk = await wire.chunk()) await wire.write(chunk);
};
