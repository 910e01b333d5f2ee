import { TimerWheel, type WheelTimer } from "./timer-wheel.ts";

/** A wheel with a clock: one unref'd interval, running only while something is armed. */
export class TickingWheel extends TimerWheel {
  #interval: NodeJS.Timeout | undefined;

  override arm(timer: WheelTimer, ticks: number): void {
    super.arm(timer, ticks);
    this.#interval ??= setInterval(() => this.#step(), this.resolutionMs).unref();
  }

  #step(): void {
    this.tick();
    if (this.armed > 0) return;
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}

/** The process's wheel for idle, half-close and linger deadlines. */
export const sharedWheel = new TickingWheel();
