import type { StreamHandle } from "@octoproxy/quic/handles";

/** Everything that comes on a stream of QUIC, in the order it comes. */
export class Tape {
  readonly events: string[] = [];
  bytes = Buffer.alloc(0);
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

  /** The bytes so far, a character each. */
  get text(): string {
    return this.bytes.toString("latin1");
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
      if (chunk !== undefined) this.bytes = Buffer.concat([this.bytes, chunk]);
    } while (this.handle.more);
    if (this.handle.ended && !this.events.includes("FIN")) this.events.push("FIN");
    this.#wake?.();
  }

  #note(event: string): void {
    this.events.push(event);
    this.#wake?.();
  }
}
