// The process that is attacked, alone with its memory: started by `subject-process.ts`, spoken to over IPC.
// Arguments: role, folder-independent paths of CA, certificate and key, and for a client the two ports.
import { echoOnce } from "./echo-once.ts";
import { dialTest, listenTest } from "./endpoints.ts";
import type { SubjectAsk, SubjectReport } from "./subject-messages.ts";
import { serveTunnel } from "./test-targets.ts";

const [role, ca, cert, key, hostilePort, siblingPort] = process.argv.slice(2) as [
  "server" | "client",
  string,
  string,
  string,
  string | undefined,
  string | undefined,
];
const report = (message: SubjectReport): void => {
  process.send?.(message);
};

let peakRss = 0;
const look = (): number => {
  const rss = process.memoryUsage.rss();
  peakRss = Math.max(peakRss, rss);
  return rss;
};
setInterval(look, 10);

process.on("uncaughtException", (error) => {
  report({ type: "crashed", words: error.stack ?? error.message });
});

let askSibling = async (): Promise<void> => {};

process.on("message", async (ask: SubjectAsk) => {
  if (ask.type === "memory") {
    if (ask.fresh) {
      // Buffers are freed beside the program: only the second one waits until those that the first found are.
      (globalThis as { gc?: () => void }).gc?.();
      (globalThis as { gc?: () => void }).gc?.();
      peakRss = 0;
    }
    const rss = look();
    const { heapUsed, external } = process.memoryUsage();
    report({ type: "memory", rss, peakRss, held: heapUsed + external });
  }
  if (ask.type === "sibling") {
    await askSibling();
    report({ type: "sibling" });
  }
});
process.on("disconnect", () => process.exit());

if (role === "server") {
  let connections = 0;
  const listener = await listenTest(
    { ca, cert, key },
    {
      connection: (connection) => {
        connections += 1;
        const number = connections;
        connection.closed.then((error) =>
          report({ type: "closed", number, code: error?.code, words: error?.message }),
        );
      },
      tunnel: serveTunnel,
      refused: (_address, error) => report({ type: "crashed", words: `refused: ${error.message}` }),
    },
  );
  report({ type: "listening", port: Number(listener.address.split(":").at(-1)) });
} else {
  const sibling = await dialTest(Number(siblingPort), { ca, cert, key });
  askSibling = () => echoOnce(sibling);
  await askSibling();
  report({ type: "listening", port: 0 });
  process.on("message", async (ask: SubjectAsk) => {
    if (ask.type !== "go") return;
    try {
      const connection = await dialTest(Number(hostilePort), { ca, cert, key });
      connection.closed.then((error) =>
        report({ type: "closed", number: 1, code: error?.code, words: error?.message }),
      );
      // Opened and never read; it is the attacker's to answer.
      connection.open("any.test:1", AbortSignal.timeout(60_000)).catch(() => {});
    } catch (error) {
      report({ type: "closed", number: 1, code: undefined, words: String(error) });
    }
  });
}
