const RealDate = Date;
const realNow = Date.now.bind(Date);
let offsetMs = 0;

class ShiftedDate extends RealDate {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments of Date, which has seven signatures
  constructor(...given: any[]) {
    if (given.length === 0) super(ShiftedDate.now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return realNow() + offsetMs;
  }
}

/** Moves what this process' JavaScript sees as the time of day. Timers and `performance.now` do not move. */
export const shiftWallClock = (ms: number): void => {
  offsetMs = ms;
  globalThis.Date = ShiftedDate as DateConstructor;
};
