import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startAdminServer } from "@octoproxy/lib/admin/admin-server";
import { FakeSource } from "@octoproxy/lib/admin/fake-source.fixture";

const cli = new URL("./cli.js", import.meta.url).href;

/** Runs the command in a process of its own, without a terminal. */
const tui = async (args: readonly string[], env: Record<string, string> = {}) => {
  const script = `const { tuiCommand } = await import(${JSON.stringify(cli)});
    await tuiCommand().parseAsync(${JSON.stringify(args)}, { from: "user" });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
};

const startFake = (token?: string) =>
  startAdminServer(new FakeSource(), {
    address: { host: "127.0.0.1", port: 0 },
    token,
    role: "client",
    failed: () => undefined,
  });

test("without a terminal it says so in a sentence, status 2", async () => {
  const { status, stdout, stderr } = await tui([]);
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "octoproxy tui: needs a terminal for input and output; --once prints one frame without one\n",
  );
});

test("--once prints a frame without a terminal, in colourless text of the wanted size", async () => {
  const server = await startFake();
  const port = server.address.split(":").at(-1)!;
  const narrow = await tui(["--once", "-p", port], { FORCE_COLOR: "1", LINES: "", COLUMNS: "" });
  assert.equal(narrow.status, 0, narrow.stderr);
  const lines = narrow.stdout.trimEnd().split("\n");
  assert.match(lines[0]!, /^ octoproxy 0\.1\.0 {2}127\.0\.0\.1:8081/);
  assert.match(narrow.stdout, /tokyo .*● up/);
  assert.match(narrow.stdout, /db\.corp\.example:443 +tokyo/);
  assert.doesNotMatch(narrow.stdout, /\u001b|quit|▸/);
  assert.equal(Math.max(...lines.map((line) => [...line].length)), 79);
  const wide = await tui(["--once", "-a", server.address], { COLUMNS: "160", LINES: "30" });
  assert.equal(wide.stdout.trimEnd().split("\n").length, 30);
  assert.match(wide.stdout, /p99 +rtt +fail/);
  await server.close();
});

test("a token is taken from a file; without it, or with a wrong file, it is a sentence", async () => {
  const token = "0123456789abcdef";
  const server = await startFake(token);
  const folder = await mkdtemp(join(tmpdir(), "octoproxy-tui-"));
  const file = join(folder, "token");
  await writeFile(file, `${token}\n`);
  const letIn = await tui(["--once", "-a", server.address, "--token-file", file]);
  assert.equal(letIn.status, 0, letIn.stderr);
  const without = await tui(["--once", "-a", server.address]);
  assert.equal(without.status, 1);
  assert.match(
    without.stderr,
    /^octoproxy tui: 127\.0\.0\.1:\d+ wants its metric_token: give it with --token-file\n$/,
  );
  const missing = await tui(["--once", "-a", server.address, "--token-file", join(folder, "none")]);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /there is no such file/);
  await rm(folder, { recursive: true });
  await server.close();
});

test("nobody there is a sentence and status 1; a wrong port is wrong usage", async () => {
  const server = await startFake();
  const { address } = server;
  await server.close();
  const nobody = await tui(["--once", "-a", address]);
  assert.equal(nobody.status, 1);
  assert.equal(nobody.stderr, `octoproxy tui: nothing listens on ${address}: is the daemon running there?\n`);
  assert.match((await tui(["--once", "-p", "99999"])).stderr, /It must be a port from 1 to 65535/);
  assert.match((await tui(["-p", "1", "-a", "127.0.0.1:2"])).stderr, /cannot be used with/);
});
