// npm run soak -- --minutes 60 [--transport http2|quic|both] [--seed n] [--cores 0.8] [--json file] [--snapshots folder]
import { writeFileSync } from "node:fs";
import { numberOption, readOptions, refuse } from "@octoproxy/lib/testing/script-options";
import type { SoakTransport } from "./cast.ts";
import { soak } from "./soak.ts";
import { soakReport } from "./soak-report.ts";
import { verdictOf } from "./verdict.ts";

const { values } = readOptions("soak", {
  options: {
    minutes: { type: "string", default: "3" },
    transport: { type: "string", default: "both" },
    seed: { type: "string" },
    cores: { type: "string", default: "0.8" },
    json: { type: "string" },
    snapshots: { type: "string" },
  },
});

const transports: Readonly<Record<string, readonly SoakTransport[]>> = {
  http2: ["http2"],
  quic: ["quic"],
  both: ["http2", "quic"],
};

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write(`soak: ${signal}, it ends after this round; once more ends at once\n`);
    stop.abort();
  });
}

const record = await soak({
  minutes: numberOption("soak", "minutes", values.minutes, 0.1, 10_000),
  transports: transports[values.transport] ?? refuse("soak", "--transport must be http2, quic or both"),
  seed: numberOption("soak", "seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 32)), 0, 2 ** 32),
  cores: numberOption("soak", "cores", values.cores, 0.05, 64),
  say: (line) => process.stdout.write(`${line}\n`),
  signal: stop.signal,
  snapshots: values.snapshots,
});
const verdict = verdictOf(record);
process.stdout.write(`\n${soakReport(record, verdict)}`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ verdict, record }, undefined, 1)}\n`);
process.exit(verdict.good ? 0 : 1);
