// W4: 100 bytes there and back in one tunnel, one trip after the other; for a number of trips or until stdin ends.
import { openTunnel, quantile } from "./open-tunnel.ts";

const [proxy = "-", echo = "", trips = "10000", until = "count"] = process.argv.slice(2);
const message = Buffer.alloc(100, 46);
const microseconds: number[] = [];
let stop = false;
if (until === "stdin") process.stdin.on("end", () => (stop = true)).resume();

openTunnel(proxy, echo, (error, socket) => {
  if (error !== undefined) throw error;
  let waiting = 0;
  let from = 0;
  const send = (): void => {
    waiting = message.length;
    from = performance.now();
    socket.write(message);
  };
  socket.on("data", (chunk: Buffer) => {
    waiting -= chunk.length;
    if (waiting > 0) return;
    microseconds.push((performance.now() - from) * 1000);
    if (!stop && microseconds.length < Number(trips)) {
      send();
      return;
    }
    socket.destroy();
    process.stdin.destroy();
    microseconds.sort((a, b) => a - b);
    const figures = {
      trips: microseconds.length,
      p50Us: quantile(microseconds, 0.5),
      p99Us: quantile(microseconds, 0.99),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  });
  send();
});
