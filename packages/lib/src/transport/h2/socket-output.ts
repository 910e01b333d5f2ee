import type { Duplex } from "node:stream";
import type { FairSender } from "./fair-sender.ts";
import { OutputBlock } from "./output-block.ts";

/** Answers that may wait beside a full send buffer before a peer that does not read them is not read either. */
const maxAnswers = 256 * 1024;

/**
 * After so many writes that were the only ones of their turn, the next need not wait for the turn's end for company.
 * A TLS write is reported done by an immediate: begun before the turn's end it is done with it, and costs no further
 * turn (of a ping-pong's 8.2 system calls a trip and side, 7.2 are left). Where many tunnels are busy, waiting is cheaper: with 1
 * instead of 8, plain HTTP by 15 workers makes 10 % more system calls.
 */
const aloneForSure = 8;

/**
 * Writes a connection's output: once per turn of the loop, one write outstanding, the other block filling meanwhile.
 * A TLS socket copies what it is given before the write's callback, so the block is reused from there on.
 */
export class SocketOutput {
  readonly #socket: Duplex;
  readonly #sender: FairSender;
  readonly #limit: number;
  readonly #relieved: () => void;
  #wasCongested = false;
  #idle = new OutputBlock();
  #scheduled = false;
  #writing = false;
  #closed = false;
  /** How many writes in a row had nothing come while they were under way. */
  #alone = 0;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };
  readonly #written = (error?: Error | null): void => {
    this.#writing = false;
    this.#alone = this.#sender.output.length === 0 ? this.#alone + 1 : 0;
    this.#idle.clear();
    if (error != null) return;
    if (this.#wasCongested) {
      this.#wasCongested = false;
      this.#relieved();
    }
    this.flush();
  };
  /** When the write under way began; undefined while there is none. For the slow-read deadline. */
  writingSince: number | undefined;

  /** `relieved` is called once what made this `congested` is on its way. */
  constructor(socket: Duplex, sender: FairSender, maxSendBuffer: number, relieved: () => void) {
    this.#socket = socket;
    this.#sender = sender;
    this.#limit = maxSendBuffer + maxAnswers;
    this.#relieved = relieved;
  }

  /** More waits than data alone can make wait: the peer asks, and does not read the answers. */
  get congested(): boolean {
    if (this.#sender.output.length < this.#limit) return false;
    this.#wasCongested = this.#writing;
    return this.#writing;
  }

  wake(): void {
    if (this.#scheduled || this.#writing || this.#closed) return;
    this.#scheduled = true;
    if (this.#alone >= aloneForSure) process.nextTick(this.#flush);
    else setImmediate(this.#flush);
  }

  /** Writes what is there, unless a write is under way. */
  flush(): void {
    if (this.#writing || this.#closed) return;
    const more = this.#sender.fill();
    const block = this.#sender.output;
    if (block.length === 0) {
      this.writingSince = undefined;
      if (more) this.wake();
      return;
    }
    this.#sender.output = this.#idle;
    this.#idle = block;
    this.#writing = true;
    this.writingSince = performance.now();
    this.#socket.write(block.bytes.subarray(0, block.length), this.#written);
    // The writers that waited for room fill the other block while this one is on its way.
    if (more) this.#sender.fill();
  }

  /** Writes what is there and the end of the stream. */
  end(): void {
    if (this.#closed) return;
    const block = this.#sender.output;
    this.#closed = true;
    if (block.length > 0) this.#socket.write(Buffer.from(block.bytes.subarray(0, block.length)));
    block.clear();
    this.#socket.end();
  }

  /** Nothing is written any more. */
  stop(): void {
    this.#closed = true;
  }
}
