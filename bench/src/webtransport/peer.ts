// The serving side of a pair, a process of its own.
import { serveNode } from "../http2-pair/node.ts";
import { type Material, serveOwn } from "../http2-pair/own.ts";
import { serveBare } from "./bare.ts";
import { servePipe } from "./pipe.ts";

const [kind = "", material = ""] = process.argv.slice(2);
const tls = JSON.parse(material) as Material;
const serving: Record<string, (tls: Material) => Promise<number>> = {
  "pipe over WebTransport": servePipe,
  TCP: serveOwn,
  "node:http2": serveNode,
  "the package's streams": serveBare,
};
let peak = 0;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 10).unref();
process.on("message", () => {
  globalThis.gc?.();
  const { rss } = process.memoryUsage();
  process.send?.({ rss, peak });
  peak = 0;
});
process.on("disconnect", () => process.exit());
process.send?.(await serving[kind]?.(tls));
