// W5: opens tunnels to the echo and holds them idle until stdin ends; says "open" once all are.
import type { Socket } from "node:net";
import { openTunnel } from "./open-tunnel.ts";

const [proxy = "-", echo = "", count = "2000"] = process.argv.slice(2);
const held: Socket[] = [];
let started = 0;

const next = (): void => {
  if (started >= Number(count)) return;
  started++;
  openTunnel(proxy, echo, (error, socket) => {
    if (error !== undefined) throw error;
    socket.on("error", () => undefined);
    held.push(socket);
    if (held.length === Number(count)) process.stdout.write("open\n");
    else next();
  });
};
for (let slot = 0; slot < 64; slot++) next();
process.stdin.on("end", () => process.exit(0)).resume();
