// Loaded into a daemon by NODE_OPTIONS: its wall clock jumps a day forward at SIGUSR2, and back at the next one.
// Nothing in the system moves the wall clock of one process; time namespaces shift only the clocks that never jump.
import { shiftWallClock } from "./wall-clock.ts";

const dayMs = 86_400_000;
let isForward = false;

process.on("SIGUSR2", () => {
  isForward = !isForward;
  shiftWallClock(isForward ? dayMs : 0);
  process.stderr.write(`the clock says ${new Date().toISOString()}\n`);
});
