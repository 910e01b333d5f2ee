import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startAdminServer } from "@octoproxy/lib/admin/admin-server";
import { FakeSource } from "@octoproxy/lib/admin/fake-source.fixture";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";

const bin = fileURLToPath(new URL("../../bin/octoproxy.js", import.meta.url));

const octoproxy = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [status] = (await once(child, "close")) as [number];
  return { status, stdout, stderr };
};

const daemon = async (token?: string) => {
  const source = new FakeSource();
  const address = { host: "127.0.0.1", port: 0 };
  const admin = await startAdminServer(source, { address, token, role: "client", failed: () => undefined });
  return { source, address: admin.address, [Symbol.asyncDispose]: () => admin.close() };
};

const nobodyListens = async (): Promise<string> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
};

test("reload says what came of it: done with warnings, refused with faults, nobody there", async () => {
  await using running = await daemon();
  const { source, address } = running;
  const fault = {
    file: "client.toml",
    line: 12,
    column: 1,
    key: "backends.tokyo.adress",
    message: "unknown key",
  };
  source.result = { kind: "reloaded", warnings: [fault] };
  assert.deepEqual(await octoproxy("reload", "-a", address), {
    status: 0,
    stdout: `client.toml:12:1 backends.tokyo.adress: unknown key\n${address}: reloaded\n`,
    stderr: "",
  });
  source.result = { kind: "refused", message: "the configuration is wrong", faults: [fault] };
  assert.deepEqual(await octoproxy("reload", "-a", address), {
    status: 2,
    stdout: "",
    stderr: "client.toml:12:1 backends.tokyo.adress: unknown key\n",
  });
  const empty = await nobodyListens();
  assert.deepEqual(await octoproxy("reload", "-a", empty), {
    status: 1,
    stdout: "",
    stderr: `octoproxy reload: nothing listens on ${empty}: is the daemon running there?\n`,
  });
});

test("a token is asked for and taken from a file", async () => {
  await using running = await daemon("0123456789abcdef");
  const { source, address } = running;
  source.result = { kind: "reloaded", warnings: [] };
  const without = await octoproxy("reload", "-a", address);
  assert.equal(without.status, 1);
  assert.match(
    without.stderr,
    /^octoproxy reload: \S+: a token is required .* Give it with --token-file\.\n$/,
  );
  assert.equal(source.commands.length, 0);
  using folder = new ConfigFolder();
  folder.write("token", "0123456789abcdef\n");
  assert.equal((await octoproxy("reload", "-a", address, "--token-file", `${folder.path}/token`)).status, 0);
  const missing = await octoproxy("reload", "-a", address, "--token-file", `${folder.path}/none`);
  assert.match(missing.stderr, /none: there is no such file\n$/);
});

test("healthcheck asks a client's admin API, and says unhealthy where nobody answers", async () => {
  await using running = await daemon("0123456789abcdef");
  using folder = new ConfigFolder();
  folder.writeCertificates("client");
  const toml = (address: string): string =>
    `metric_address = "${address}"\n[backends.a]\naddress = "h:1"\nprotocol = "http2"\nclient_cert = "certs/me.crt"\nclient_key = "certs/me.key"\n`;
  folder.write("client.toml", toml(running.address));
  const file = `${folder.path}/client.toml`;
  assert.deepEqual(await octoproxy("healthcheck", "-c", file), {
    status: 0,
    stdout: `healthy: ${running.address} answers\n`,
    stderr: "",
  });
  folder.write("client.toml", toml(await nobodyListens()));
  const dead = await octoproxy("healthcheck", "-c", file);
  assert.equal(dead.status, 1);
  assert.match(dead.stderr, /^unhealthy: nothing listens on /);
  assert.equal((await octoproxy("healthcheck", "-c", `${folder.path}/none.toml`)).status, 2);
});
