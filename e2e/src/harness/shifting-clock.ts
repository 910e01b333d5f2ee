// Loaded into a daemon by NODE_OPTIONS: its wall clock jumps a day forward at SIGUSR2, and back at the next one.
// Nothing in the system moves the wall clock of one process; time namespaces shift only the clocks that never jump.
const dayMs = 86_400_000;
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length === 0 ? [RealDate.now() + shiftMs] : parts, newTarget),
  get: (target, key, receiver) =>
    key === "now" ? () => RealDate.now() + shiftMs : Reflect.get(target, key, receiver),
});
process.on("SIGUSR2", () => {
  shiftMs = shiftMs === 0 ? dayMs : 0;
  process.stderr.write(`the clock says ${new Date().toISOString()}\n`);
});
