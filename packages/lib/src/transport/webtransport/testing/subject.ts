// The server that is attacked, alone with its memory: forked by the test, spoken to over IPC.
import { serveTunnel } from "../../h2/testing/test-targets.ts";
import { testWebTransport } from "./loopback.ts";

const look = (): number => {
  const { rss } = process.memoryUsage();
  peak = Math.max(peak, rss);
  return rss;
};
let peak = 0;
setInterval(look, 10);

const { listener } = await testWebTransport(
  { connection: () => {}, tunnel: serveTunnel, refused: () => {} },
  {},
  { handshakeTimeoutMs: Number(process.argv[2]), tls: JSON.parse(String(process.env.SUBJECT_TLS)) },
);
process.on("message", (ask) => {
  if (ask === "start") {
    (globalThis as { gc?: () => void }).gc?.();
    peak = 0;
  }
  process.send?.({ rss: look(), peak });
});
process.on("disconnect", () => process.exit());
process.send?.({ address: listener.address });
