import { sharedWheel } from "../deadline/shared-wheel.ts";
import { type TimerWheel, WheelTimer } from "../deadline/timer-wheel.ts";
import { ProxyError } from "../error/proxy-error.ts";
import type { ByteStream } from "../transport/tunnel-stream.ts";
import { Direction } from "./direction.ts";

export interface SpliceOptions {
  /** Nothing moved in either direction for so long: the tunnel is reset with `IDLE`. 0 (default) never. */
  readonly idleTimeoutMs?: number | undefined;
  /** The same once one side has sent FIN. 0 (default): the idle time goes on counting. */
  readonly halfCloseTimeoutMs?: number | undefined;
  readonly wheel?: TimerWheel | undefined;
}

/** How a tunnel ended. */
export interface SpliceResult {
  /** Bytes from near to far. */
  readonly bytesUp: number;
  /** Bytes from far to near. */
  readonly bytesDown: number;
  /** Undefined where both sides sent FIN: the only clean end. */
  readonly error: ProxyError | undefined;
  /** Which side broke; `here` for a deadline and for `destroy`. */
  readonly side: "near" | "far" | "here" | undefined;
}

/** Who is told how a tunnel ended. */
export interface SpliceEnd {
  /** Called once, never before the splice was constructed. Must not throw. */
  spliceEnded(result: SpliceResult): void;
}

/**
 * Joins two streams until both have ended or one broke; the only copy loop. `near` is the one from which the tunnel
 * was asked for. Both are owned from here on. Half-close is kept, a reset is passed on, each direction waits for its
 * own sink. It costs two small objects a tunnel; nothing is allocated for a chunk, except a copy where the source
 * reuses its buffer and the sink keeps what it is given.
 */
export class Splice extends WheelTimer {
  readonly #near: ByteStream;
  readonly #far: ByteStream;
  readonly #up: Direction;
  readonly #down: Direction;
  readonly #wheel: TimerWheel;
  readonly #end: SpliceEnd;
  readonly #idleTicks: number;
  readonly #halfCloseTicks: number;
  #lastMoved: number;
  #ended = 0;
  #done = false;

  constructor(
    near: ByteStream,
    far: ByteStream,
    end: SpliceEnd,
    { idleTimeoutMs = 0, halfCloseTimeoutMs = 0, wheel = sharedWheel }: SpliceOptions = {},
  ) {
    super();
    this.#near = near;
    this.#far = far;
    this.#end = end;
    this.#wheel = wheel;
    this.#idleTicks = idleTimeoutMs > 0 ? wheel.ticksOf(idleTimeoutMs) : 0;
    this.#halfCloseTicks = halfCloseTimeoutMs > 0 ? wheel.ticksOf(halfCloseTimeoutMs) : 0;
    this.#lastMoved = wheel.now;
    this.#up = new Direction(this, near, far);
    this.#down = new Direction(this, far, near);
    near.own(this.#up);
    far.own(this.#down);
    if (this.#idleTicks > 0) wheel.arm(this, this.#idleTicks);
  }

  get bytesUp(): number {
    return this.#up.bytes;
  }

  get bytesDown(): number {
    return this.#down.bytes;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Resets both sides, with this error in the result. A no-op when it is done. */
  destroy(error: ProxyError = new ProxyError("ABORTED")): void {
    if (this.#done) return;
    this.#near.reset(error);
    this.#far.reset(error);
    this.#finish(error, "here");
  }

  /** From a direction: bytes moved. */
  moved(): void {
    this.#lastMoved = this.#wheel.now;
  }

  /** From a direction: its source said FIN, and so was its sink told. */
  directionEnded(): void {
    this.#ended++;
    if (this.#ended === 2) this.#finish(undefined, undefined);
    else if (this.#halfCloseTicks > 0) this.#wheel.arm(this, this.#halfCloseTicks);
  }

  /** From a direction: its source broke, and its sink was reset. */
  directionBroke(direction: Direction, error: ProxyError): void {
    this.#finish(error, direction === this.#up ? "near" : "far");
  }

  /** Looks only now whether something moved: noting the time of a chunk is cheaper than moving a deadline. */
  expired(): void {
    const ticks = this.#ended > 0 && this.#halfCloseTicks > 0 ? this.#halfCloseTicks : this.#idleTicks;
    const quiet = this.#wheel.now - this.#lastMoved;
    if (quiet < ticks) this.#wheel.arm(this, ticks - quiet);
    else this.destroy(new ProxyError("IDLE"));
  }

  #finish(error: ProxyError | undefined, side: SpliceResult["side"]): void {
    if (this.#done) return;
    this.#done = true;
    this.#wheel.disarm(this);
    this.#end.spliceEnded({ bytesUp: this.#up.bytes, bytesDown: this.#down.bytes, error, side });
  }
}
