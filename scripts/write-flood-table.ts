// Plays every flood and writes what each cost into doc/reliability.md.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

interface Row {
  readonly kind: string;
  readonly attack: string;
  readonly role: string;
  readonly certificate: string;
  readonly grownMiB: number;
  readonly honestMs: number;
  readonly end: string;
}

const page = new URL("../doc/reliability.md", import.meta.url);
const section = /(<!-- floods -->\n)[\s\S]*?(<!-- end -->)/;
const files = [
  "http2-floods-end-with-a-goaway",
  "a-hostile-server-hurts-no-client",
  "uploads-that-nobody-takes-cost-little",
  "a-flood-of-handshakes-costs-little",
  "quic-floods-cost-little",
  "a-hostile-quic-server-hurts-no-client",
  "webtransport-floods-cost-little",
  "http2-floods-through-webtransport-end-with-a-goaway",
  "slow-readers-and-writers-cost-little",
];

const folder = mkdtempSync(join(tmpdir(), "octoproxy-floods-"));
const kept = join(folder, "rows");
const loadBefore = loadavg()[0]!;
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--test-concurrency=1",
    "--test-timeout=300000",
    ...files.map((name) => `e2e/dist/${name}.test.js`),
  ],
  { stdio: "inherit", env: { ...process.env, OCTOPROXY_FLOODS: kept } },
);
if (status !== 0) process.exit(status ?? 1);
const rows = readFileSync(kept, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);
rmSync(folder, { recursive: true });

const cell = (text: string): string => text.replaceAll("|", "\\|");
const lineOf = ({ attack, role, certificate, grownMiB, honestMs, end }: Row): string =>
  `| ${cell(attack)} | ${role} | ${certificate} | ${Math.max(0, grownMiB).toFixed(1)} | ${honestMs.toFixed(0)} | ${cell(end)} |`;
const tables = [...new Set(rows.map(({ kind }) => kind))].map(
  (kind) =>
    `**${kind}**\n\n| what | against | certificate | MiB | ms | end |\n|---|---|---|---|---|---|\n${rows
      .filter((row) => row.kind === kind)
      .map(lineOf)
      .join("\n")}\n`,
);
const machine = `Node ${process.versions.node}, ${cpus().length} processors shared by attacker, targets, both daemons and the honest application, load ${loadBefore.toFixed(1)} to ${loadavg()[0]!.toFixed(1)}.`;
const text = readFileSync(page, "utf8");
if (!section.test(text)) throw new Error("doc/reliability.md has no place for the floods");
writeFileSync(
  page,
  text.replace(
    section,
    (_, begin: string, end: string) => `${begin}\n${machine}\n\n${tables.join("\n")}\n${end}`,
  ),
);
