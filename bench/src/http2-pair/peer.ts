// The serving side of a pair, a process of its own. Its parent asks for its figures.
import { serveNode } from "./node.ts";
import { type Material, serveOwn } from "./own.ts";

const [kind, material] = process.argv.slice(2) as [string, string];
const tls = JSON.parse(material) as Material;
const port = await (kind === "own" ? serveOwn(tls) : serveNode(tls));
process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed } = process.memoryUsage();
  process.send?.({ cpuMs: (user + system) / 1000, heapUsed });
});
process.on("disconnect", () => process.exit());
process.send?.(port);
