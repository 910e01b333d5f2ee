/** What is told when its time is up. Extend it: an entry in the wheel costs its owner no further object. */
export abstract class WheelTimer {
  /** Neighbours in the slot's ring, the wheel's own. Undefined while not armed. */
  previous: WheelTimer | undefined = undefined;
  next: WheelTimer | undefined = undefined;
  /** Tick at which it expires. */
  expiresAt = 0;

  /** Its time is up; it is disarmed and may arm itself again. Must not throw. */
  abstract expired(): void;
}

class SlotHead extends WheelTimer {
  constructor() {
    super();
    this.previous = this;
    this.next = this;
  }

  expired(): void {}
}

/**
 * Coarse deadlines for tens of thousands of tunnels: arming and disarming are O(1) and allocate nothing. It has no
 * clock: `tick` is one step of `resolutionMs`, so time during which the process stood still does not count (a laptop
 * that slept for an hour does not find all its tunnels expired).
 * A deadline is never early and at most two steps late.
 */
export class TimerWheel {
  readonly resolutionMs: number;
  readonly #slots: readonly SlotHead[];
  #now = 0;
  #armed = 0;

  /** @param slots how many steps one turn of the wheel has; longer deadlines are looked at once a turn. */
  constructor(resolutionMs = 500, slots = 256) {
    this.resolutionMs = resolutionMs;
    this.#slots = Array.from({ length: slots }, () => new SlotHead());
  }

  /** Steps since the start: cheap enough to be noted with each chunk. */
  get now(): number {
    return this.#now;
  }

  /** Timers that wait. */
  get armed(): number {
    return this.#armed;
  }

  /** Steps that `ms` make: rounded up, and one for the step that is half over. */
  ticksOf(ms: number): number {
    return Math.ceil(ms / this.resolutionMs) + 1;
  }

  /** Sets the deadline in `ticks` steps (1 at least); an earlier one of this timer is forgotten. */
  arm(timer: WheelTimer, ticks: number): void {
    this.disarm(timer);
    timer.expiresAt = this.#now + Math.max(1, ticks);
    this.#insert(timer);
  }

  /** A no-op where it is not armed. */
  disarm(timer: WheelTimer): void {
    if (timer.next === undefined) return;
    this.#unlink(timer);
  }

  /** One step. What expires may arm and disarm anything. */
  tick(): void {
    this.#now++;
    const head = this.#slots[this.#now % this.#slots.length]!;
    // The slot's ring is taken off first: whoever is armed meanwhile is not met in this step.
    const due: WheelTimer[] = [];
    for (let timer = head.next!; timer !== head; timer = timer.next!) {
      if (timer.expiresAt <= this.#now) due.push(timer);
    }
    for (const timer of due) {
      // Disarmed, or armed anew, by one that expired before it.
      if (timer.next === undefined || timer.expiresAt > this.#now) continue;
      this.#unlink(timer);
      timer.expired();
    }
  }

  #insert(timer: WheelTimer): void {
    const head = this.#slots[timer.expiresAt % this.#slots.length]!;
    const last = head.previous!;
    timer.previous = last;
    timer.next = head;
    last.next = timer;
    head.previous = timer;
    this.#armed++;
  }

  #unlink(timer: WheelTimer): void {
    timer.previous!.next = timer.next;
    timer.next!.previous = timer.previous;
    timer.previous = undefined;
    timer.next = undefined;
    this.#armed--;
  }
}
