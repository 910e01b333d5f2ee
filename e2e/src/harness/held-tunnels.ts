import type { Socket } from "node:net";
import { nameBytes } from "./echo-target.ts";
import { connectThrough } from "./raw-tunnel.ts";

interface Held {
  readonly socket: Socket;
  readonly name: string;
  sent: string;
  received: string;
  fate: "open" | "reset" | "end";
}

/** Tunnels to an EchoTarget that stay open while something happens. */
export class HeldTunnels implements Disposable {
  readonly #all: Held[] = [];

  /** One after the other, so that turns are taken in order. */
  static async open(proxy: string, target: string, count: number): Promise<HeldTunnels> {
    const tunnels = new HeldTunnels();
    for (let number = 0; number < count; number++) {
      const name = `held ${number}`.padEnd(nameBytes, ".");
      const { status, head, socket } = await connectThrough(proxy, target);
      if (status !== 200) throw new Error(head);
      const held: Held = { socket, name, sent: name, received: "", fate: "open" };
      socket.on("data", (chunk: Buffer) => {
        held.received += chunk.toString("latin1");
      });
      socket.on("end", () => {
        held.fate = "end";
      });
      socket.on("error", () => {
        held.fate = "reset";
      });
      socket.write(name);
      tunnels.#all.push(held);
    }
    return tunnels;
  }

  count(fate: Held["fate"]): number {
    return this.#all.filter((held) => held.fate === fate).length;
  }

  /** Sends once more through those that are open and waits until all is back, byte for byte. */
  async echo(): Promise<void> {
    const open = this.#all.filter(({ fate }) => fate === "open");
    await Promise.all(
      open.map(async (held) => {
        held.socket.write(held.name);
        held.sent += held.name;
        const deadline = Date.now() + 10_000;
        while (held.received.length < held.sent.length && held.fate === "open" && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        if (held.received !== held.sent) throw new Error(`${held.name} got ${held.received} (${held.fate})`);
      }),
    );
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#all) socket.destroy();
  }
}
