import { readFileSync } from "node:fs";
import type { StreamHandle } from "@octoproxy/quic/handles";

export const variants = ["git", "crate"] as const;
export type Variant = (typeof variants)[number];

const transports = new URL("../../../packages/lib/src/transport/", import.meta.url);

/** The address that the recorded tunnel goes to; another port of five digits fits in its place. */
const recordedTarget = "127.0.0.1:23051";

/** What the original wrote over TCP or on a stream of QUIC, with another target in the place of the recorded one. */
export const recorded = (file: `${"h2" | "quic"}:${string}`, target = recordedTarget): Buffer => {
  const [transport, name] = file.split(":");
  const bytes = readFileSync(new URL(`${transport}/fixtures/original-dialect/${name}.bin`, transports));
  if (target.length !== recordedTarget.length) throw new Error(`${target} does not fit into the recording`);
  return Buffer.from(bytes.toString("latin1").replaceAll(recordedTarget, target), "latin1");
};

/** Everything that comes on a stream of QUIC, in the order it comes. */
export class Tape {
  readonly events: string[] = [];
  text = "";
  readonly handle: StreamHandle;
  #wake: (() => void) | undefined;

  constructor(handle: StreamHandle) {
    this.handle = handle;
    handle.use({
      readable: () => this.#read(),
      writable: () => {},
      stopped: (error) => this.#note(`stopped ${error.peerCode}`),
      aborted: (error) => this.#note(`aborted ${error.code} ${error.peerCode}`),
    });
    this.#read();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #read(): void {
    do {
      const chunk = this.handle.read();
      if (chunk !== undefined) this.text += Buffer.from(chunk).toString("latin1");
    } while (this.handle.more);
    if (this.handle.ended && !this.events.includes("FIN")) this.events.push("FIN");
    this.#wake?.();
  }

  #note(event: string): void {
    this.events.push(event);
    this.#wake?.();
  }
}
