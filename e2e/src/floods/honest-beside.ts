import assert from "node:assert/strict";
import { once } from "node:events";
import { nameBytes } from "../harness/echo-target.ts";
import { connectThrough } from "../harness/raw-tunnel.ts";

/** A bound against hanging; the figure is in the table. */
const patienceMs = 10_000;

/** An application that goes on opening tunnels and getting its bytes back while something happens. */
export class HonestBeside implements AsyncDisposable {
  readonly #proxy: string;
  readonly #target: string;
  readonly #going: Promise<void>;
  #slowestMs = 0;
  #served = 0;
  #stopped = false;
  #failure: unknown;

  constructor(proxy: string, target: string) {
    this.#proxy = proxy;
    this.#target = target;
    this.#going = this.#go().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  async #go(): Promise<void> {
    do {
      this.#slowestMs = Math.max(this.#slowestMs, await honestRequest(this.#proxy, this.#target));
      this.#served++;
    } while (!this.#stopped);
  }

  /** Throws where one of them was not served. @returns how long the slowest took, milliseconds. */
  async end(): Promise<number> {
    this.#stopped = true;
    await this.#going;
    if (this.#failure !== undefined) throw this.#failure;
    assert.ok(this.#served > 0);
    return this.#slowestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#going;
  }
}

/** One tunnel to an EchoTarget, there and back. @returns milliseconds. */
export const honestRequest = async (proxy: string, target: string): Promise<number> => {
  const startedAt = performance.now();
  const { status, head, socket } = await connectThrough(proxy, target);
  assert.equal(status, 200, head);
  try {
    const name = "an honest one".padEnd(nameBytes, ".");
    const signal = AbortSignal.timeout(patienceMs);
    let came = "";
    socket.on("data", (chunk: Buffer) => {
      came += chunk.toString("latin1"); // in pieces, where a window is nearly used up
    });
    socket.write(name);
    while (came.length < name.length) await once(socket, "data", { signal });
    assert.equal(came, name);
    return performance.now() - startedAt;
  } finally {
    socket.destroy();
  }
};
