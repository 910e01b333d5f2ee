import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { hostAndPort } from "../harness/raw-tunnel.ts";

/** Sockets that were told what to say, and read nothing of what they get. */
export class SlowOnes implements Disposable {
  readonly #sockets: Socket[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  /** So many that say this at once and then never read. */
  async come(address: string, count: number, says: string | readonly string[]): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, async () => {
        const socket = connect(hostAndPort(address)).pause();
        socket.on("error", () => undefined);
        this.#sockets.push(socket);
        await once(socket, "connect");
        for (const text of typeof says === "string" ? [says] : says) {
          socket.write(text, "latin1");
          // Where one says something after an answer, it looks at that answer only.
          if (typeof says !== "string") await once(socket, "readable");
        }
      }),
    );
  }

  /** From now on each says a byte this often. */
  dribble(everyMs: number): void {
    this.#timers.push(
      setInterval(() => {
        for (const socket of this.#sockets) if (socket.writable) socket.write("x");
      }, everyMs),
    );
  }

  /** That are still there. */
  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
  }
}
