import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { version } from "@octoproxy/lib/version";
import { commandEntries } from "./commands.ts";
import { argumentsAnew, heapFlags } from "./heap-flags.ts";

const bin = fileURLToPath(new URL("../bin/octoproxy.js", import.meta.url));

const octoproxy = (args: readonly string[], cwd?: string, env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", cwd, env: { ...process.env, ...env } });

test("the help names every command, and each command has its own with an example", () => {
  const { status, stdout } = octoproxy(["--help"]);
  assert.equal(status, 0);
  for (const { name } of commandEntries) {
    assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
    const own = octoproxy([name, "--help"]);
    assert.equal(own.status, 0);
    assert.match(own.stdout, new RegExp(`^Usage: octoproxy ${name} `, "m"));
    assert.match(own.stdout, new RegExp(`^ {2}octoproxy ${name}`, "m"));
  }
});

test("wrong usage is one sentence and status 2", () => {
  for (const [args, sentence] of [
    [["clent"], "octoproxy: unknown command 'clent' (Did you mean client?); see octoproxy --help\n"],
    [["client", "--no-such"], "octoproxy client: unknown option '--no-such'; see octoproxy client --help\n"],
    [
      ["server", "-l", "x"],
      "octoproxy server: option '-l, --listen <address>' argument 'x' is invalid. It must be ip:port, [ipv6]:port or a port; see octoproxy server --help\n",
    ],
    [
      ["check", "-c"],
      "octoproxy check: option '-c, --config <file>' argument missing; see octoproxy check --help\n",
    ],
  ] as const) {
    const { status, stdout, stderr } = octoproxy(args);
    assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: "", stderr: sentence });
  }
  assert.equal(octoproxy([]).status, 2);
});

test("a missing configuration is one sentence and status 2", () => {
  for (const command of ["client", "server", "check"]) {
    const { status, stderr } = octoproxy([command], "/");
    assert.equal(status, 2);
    assert.match(stderr, /^config\.toml: there is no such file.*\n$/);
  }
});

test("check says what is good in one line, and what is wrong with status 2", () => {
  using folder = new ConfigFolder();
  folder.writeCertificates("client");
  const toml = `[backends.a]\naddress = "h:1"\nprotocol = "http2"\ncacert = "certs/ca.crt"\nclient_cert = "certs/me.crt"\nclient_key = "certs/me.key"\n`;
  folder.write("client.toml", toml);
  const good = octoproxy(["check", "-c", "client.toml"], folder.path);
  assert.deepEqual(
    { status: good.status, stdout: good.stdout, stderr: good.stderr },
    {
      status: 0,
      stdout: "PASS  client.toml: client on 127.0.0.1:8081, 1 backend (round_robin)\n",
      stderr: "",
    },
  );
  folder.write("client.toml", `balance = "frist"\n${toml}`);
  const warned = octoproxy(["check", "-c", "client.toml"], folder.path);
  assert.equal(warned.status, 0);
  assert.match(warned.stdout, /^WARN {2}client\.toml:1:11 balance: .*\nPASS {2}/);
  folder.write("client.toml", `balance = "x"\n${toml}`);
  const bad = octoproxy(["check", "-c", "client.toml"], folder.path);
  assert.equal(bad.status, 2);
  assert.equal(bad.stdout, "");
  assert.match(bad.stderr, /^client\.toml:1:11 balance: "x" is not one of .*\n$/);
});

test("check knows a server's configuration by its keys", () => {
  using folder = new ConfigFolder();
  folder.writeCertificates("server");
  folder.write(
    "s.toml",
    `auth_cert = "certs/me.crt"\nauth_key = "certs/me.key"\nclient_ca = "certs/ca.crt"\n`,
  );
  const { status, stdout } = octoproxy(["check", "-c", "s.toml"], folder.path);
  assert.equal(status, 0);
  assert.match(stdout, /^PASS {2}s\.toml: server on 0\.0\.0\.0:8443 for clients of .*certs\/ca\.crt\n$/);
});

test("a level that is none is wrong usage", () => {
  using folder = new ConfigFolder();
  folder.writeCertificates("server");
  folder.write(
    "s.toml",
    `listen_address = "127.0.0.1:0"\nauth_cert = "certs/me.crt"\nauth_key = "certs/me.key"\nclient_ca = "certs/ca.crt"\n`,
  );
  const { status, stderr } = octoproxy(["server", "-c", "s.toml"], folder.path, { OCTOPROXY_LOG: "loud" });
  assert.equal(status, 2);
  assert.equal(stderr, 'OCTOPROXY_LOG: "loud" is not one of trace, debug, info, warn, error\n');
});

test("a reader that has gone is no error", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${bin}" --help | true`], {
    encoding: "utf8",
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
});

test("the version is that of every package", () => {
  assert.equal(octoproxy(["--version"]).stdout, `${version}\n`);
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const manifests = ["package.json", ...globSync("packages/*/package.json", { cwd: root })];
  for (const manifest of manifests) {
    assert.equal(JSON.parse(readFileSync(`${root}/${manifest}`, "utf8")).version, version, manifest);
  }
});

test("daemons begin anew with the heap that suits them, once, and nothing else does", () => {
  const facts = { execPath: "/node", execArgv: ["--enable-source-maps"], script: "/bin.js", env: {} };
  assert.deepEqual(argumentsAnew(["client", "-c", "x"], facts), [
    "/node",
    ...heapFlags,
    "--enable-source-maps",
    "/bin.js",
    "client",
    "-c",
    "x",
  ]);
  assert.equal(argumentsAnew(["check"], facts), undefined);
  assert.equal(argumentsAnew([], facts), undefined);
  assert.equal(argumentsAnew(["server"], { ...facts, execArgv: ["--max-semi-space-size=4"] }), undefined);
  assert.equal(
    argumentsAnew(["server"], { ...facts, env: { NODE_OPTIONS: "--max-semi-space-size=4" } }),
    undefined,
  );
  assert.equal(argumentsAnew(["server"], { ...facts, env: { OCTOPROXY_NO_REEXEC: "1" } }), undefined);
});
