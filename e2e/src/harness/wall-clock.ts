const RealDate = Date;
let offsetMs = 0;

/** Moves what this process' JavaScript sees as the time of day. Timers and `performance.now` do not move. */
export const shiftWallClock = (ms: number): void => {
  offsetMs = ms;
  globalThis.Date = ShiftedDate;
};

const ShiftedDate = new Proxy(RealDate, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length === 0 ? [RealDate.now() + offsetMs] : parts, newTarget),
  get: (target, key, receiver) =>
    key === "now" ? () => RealDate.now() + offsetMs : Reflect.get(target, key, receiver),
});
