// W2: tunnels opened, used for one GET with Connection: close, and read to their end. Prints one JSON line.
import { openTunnel, quantile } from "./open-tunnel.ts";

const [proxy = "-", origin = "", total = "5000", atOnce = "64"] = process.argv.slice(2);
const request = `GET /hi HTTP/1.1\r\nHost: ${origin}\r\nConnection: close\r\n\r\n`;

const milliseconds: number[] = [];
let started = 0;
let errors = 0;
let finished = 0;
const begin = performance.now();

const next = (): void => {
  if (started >= Number(total)) return;
  started++;
  const from = performance.now();
  openTunnel(proxy, origin, (error, socket) => {
    if (error !== undefined) {
      errors++;
      socket.destroy();
      done(from);
      return;
    }
    let bytes = 0;
    let over = false;
    const end = (good: boolean): void => {
      if (over) return;
      over = true;
      if (!good || bytes === 0) errors++;
      socket.destroy();
      done(from);
    };
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.on("end", () => end(true));
    socket.on("error", () => end(false));
    socket.write(request);
  });
};

const done = (from: number): void => {
  finished++;
  milliseconds.push(performance.now() - from);
  if (finished === Number(total)) report();
  else next();
};

const report = (): void => {
  const seconds = (performance.now() - begin) / 1000;
  milliseconds.sort((a, b) => a - b);
  process.stdout.write(
    `${JSON.stringify({ perSecond: Number(total) / seconds, p50Ms: quantile(milliseconds, 0.5), p99Ms: quantile(milliseconds, 0.99), errors })}\n`,
  );
};

for (let slot = 0; slot < Number(atOnce); slot++) next();
