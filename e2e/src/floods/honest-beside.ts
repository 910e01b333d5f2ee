import assert from "node:assert/strict";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { nameBytes } from "../harness/echo-target.ts";
import { connectThrough } from "../harness/raw-tunnel.ts";
import type { ResidentMemory } from "./resident-memory.ts";

/** A bound against hanging; the figure is in the table. */
const patienceMs = 10_000;

/** Somebody honest who goes on asking while something happens. */
export class HonestBeside implements AsyncDisposable {
  readonly #request: () => Promise<number>;
  readonly #going: Promise<void>;
  #slowestMs = 0;
  #served = 0;
  #stopped = false;
  #failure: unknown;

  /** @param request is made again and again; milliseconds that it took. */
  constructor(request: () => Promise<number>) {
    this.#request = request;
    this.#going = this.#go().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** An application that goes on opening tunnels and getting its bytes back. */
  static through(proxy: string, target: string): HonestBeside {
    return new HonestBeside(() => honestRequest(proxy, target));
  }

  async #go(): Promise<void> {
    do {
      this.#slowestMs = Math.max(this.#slowestMs, await this.#request());
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

/** As much as lets the buffers of both daemons grow: a download of so much took 19 MiB through a WebTransport pipe, the next took 1. */
const warmBytes = 64 * 1024 * 1024;
const warmPiece = Buffer.alloc(64 * 1024);

/** Honest work until it takes no more memory than before: what it takes itself is nobody's attack. */
export const warmUp = async (memory: ResidentMemory, proxy: string, echo: string): Promise<void> => {
  const { socket } = await connectThrough(proxy, echo);
  const pieces = Array.from({ length: warmBytes / warmPiece.length }, () => warmPiece);
  await pipeline(pieces, socket, async (echoed) => {
    for await (const _ of echoed) {
      // It is thrown away.
    }
  });
  await memory.warmUp(() => honestRequest(proxy, echo));
};
