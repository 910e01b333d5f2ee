import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { hostAndPort } from "../harness/raw-tunnel.ts";

/** More than a daemon that reads ahead would hold of an application; the rest stays with the kernel. */
const bytesEach = 256 * 1024;
/** How many come at once: a client drops applications that wait in numbers to be heard. */
const batch = 100;

/** Applications that send as long as somebody reads, and wait for no answer beyond that to their request. */
export class Uploads implements Disposable {
  readonly #sockets: Socket[] = [];

  /** So many come and say this. */
  async come(proxy: string, count: number, says: string): Promise<void> {
    for (let from = 0; from < count; from += batch) {
      await Promise.all(
        Array.from({ length: Math.min(batch, count - from) }, async () => {
          const socket = connect(hostAndPort(proxy));
          socket.on("error", () => undefined);
          this.#sockets.push(socket);
          await once(socket, "connect");
          socket.write(says);
        }),
      );
    }
  }

  /** Each has been answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.readableLength > 0 || once(socket, "readable")));
  }

  /** From now on all of them send. */
  send(): void {
    const bytes = Buffer.alloc(bytesEach, 0x75);
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** That are still there. */
  get open(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
