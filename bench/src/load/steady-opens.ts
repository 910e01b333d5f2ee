// W7: opens tunnels at a steady rate, whatever becomes of those before. Prints one JSON line.
import { openTunnel } from "./open-tunnel.ts";

const [proxy = "-", target = "", perSecond = "100", seconds = "5"] = process.argv.slice(2);
const total = Math.round(Number(perSecond) * Number(seconds));
const begin = performance.now();
let started = 0;
let finished = 0;
let errors = 0;
let longestMs = 0;
let complaint = "";

const open = (): void => {
  started++;
  const from = performance.now();
  openTunnel(proxy, target, (error, socket) => {
    longestMs = Math.max(longestMs, performance.now() - from);
    if (error !== undefined) {
      errors++;
      complaint ||= error.message.slice(0, 200);
    }
    socket.on("error", () => undefined);
    socket.destroy();
    finished++;
    if (finished === total) process.stdout.write(`${JSON.stringify({ errors, longestMs, complaint })}\n`);
  });
};

const pace = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * Number(perSecond)));
  while (started < due) open();
  if (started === total) clearInterval(pace);
}, 1);
