import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { hostAndPort } from "../harness/raw-tunnel.ts";
import { isPattern, patternPiece } from "./byte-pattern.ts";
import { Untrue } from "./untrue.ts";

/** Longer than any pause that an incident makes. */
const stallMs = 45_000;

/** A connection that is read and written by waiting, at the reader's pace. */
export class Wire implements Disposable {
  readonly socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.setTimeout(stallMs, () => socket.destroy(new Error(`nothing moved for ${stallMs / 1000} s`)));
  }

  static async connect(address: string): Promise<Wire> {
    const wire = new Wire(connect({ ...hostAndPort(address), allowHalfOpen: true, noDelay: true }));
    await once(wire.socket, "connect");
    return wire;
  }

  /** The next bytes; null at FIN. @throws where the connection breaks. */
  async chunk(): Promise<Buffer | null> {
    const { socket } = this;
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded) return null;
      if (socket.destroyed) throw this.#error ?? new Error("closed");
      await this.#change();
    }
  }

  /** Resolves at the next event that may have brought something. */
  #change(): Promise<void> {
    const { socket } = this;
    const events = ["readable", "end", "close"];
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of events) socket.off(event, done);
        resolve();
      };
      for (const event of events) socket.on(event, done);
    });
  }

  /** Everything up to the end of a delimiter; the rest stays. @throws at FIN. */
  async until(delimiter: string): Promise<Buffer> {
    let seen = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.chunk();
      if (chunk === null)
        throw new Error(`FIN after ${JSON.stringify(seen.toString("latin1").slice(0, 200))}`);
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(delimiter);
      if (end >= 0) return this.#keep(seen, end + delimiter.length);
    }
  }

  async exactly(count: number): Promise<Buffer> {
    let seen = Buffer.alloc(0);
    while (seen.length < count) {
      const chunk = await this.chunk();
      if (chunk === null) throw new Error(`FIN after ${seen.length} of ${count} bytes`);
      seen = Buffer.concat([seen, chunk]);
    }
    return this.#keep(seen, count);
  }

  #keep(seen: Buffer, end: number): Buffer {
    if (end < seen.length) this.socket.unshift(seen.subarray(end));
    return seen.subarray(0, end);
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.socket.destroyed) throw this.#error ?? new Error("closed before it was written to");
    if (this.socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.socket.off("drain", done).off("close", done);
        resolve();
      };
      this.socket.on("drain", done).on("close", done);
    });
    if (this.socket.destroyed) throw this.#error ?? new Error("closed while it was written to");
  }

  /** Writes `count` bytes of the pattern. */
  async writePattern(phase: number, count: number): Promise<void> {
    for (let done = 0; done < count; ) {
      const piece = patternPiece(phase + done, count - done);
      done += piece.length;
      await this.write(piece);
    }
  }

  /**
   * Reads the pattern up to `count` bytes, and no byte more than came.
   * @param pauseMs between chunks, of a slow reader.
   * @throws Untrue for a wrong byte, or for a FIN before the last one.
   */
  async readPattern(phase: number, count: number, pauseMs = 0): Promise<void> {
    for (let done = 0; done < count; ) {
      const chunk = await this.chunk();
      if (chunk === null) throw new Untrue(`a clean end after ${done} of ${count} bytes`);
      const bytes = chunk.length > count - done ? this.#keep(chunk, count - done) : chunk;
      if (!isPattern(bytes, phase + done))
        throw new Untrue(`wrong bytes between ${done} and ${done + bytes.length}`);
      done += bytes.length;
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  /** @throws Untrue where anything but FIN comes. */
  async expectEnd(): Promise<void> {
    const more = await this.chunk();
    if (more !== null) throw new Untrue(`${more.length} bytes more than there are`);
  }

  end(): void {
    this.socket.end();
  }

  /** Ends with RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
