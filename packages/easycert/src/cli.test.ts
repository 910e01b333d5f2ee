import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";

const root = mkdtempSync(join(tmpdir(), "easycert-"));
after(() => rmSync(root, { recursive: true, force: true }));

const cli = new URL("./cli.js", import.meta.url).href;
const script = `import { easycertCommand } from ${JSON.stringify(cli)};
  await easycertCommand().parseAsync(process.argv.slice(1), { from: "user" });`;
const easycert = (...args: string[]) =>
  spawnSync(process.execPath, ["--input-type=module", "-e", script, "--", ...args], {
    cwd: root,
    encoding: "utf8",
  });
const signed = ["--cacert", "certs/ca.crt", "--cakey", "certs/ca.key", "-o", "certs"];
const gen = (name: string, ...more: string[]) =>
  easycert("gen", name, ...signed, "--common-name", name, ...more);

test("ca, gen, show, revoke, crl and renew as in the page of commands", () => {
  const ca = easycert("ca", "--common-name", "octoproxy ca", "-o", "certs");
  assert.deepEqual([ca.status, ca.stderr], [0, ""]);
  assert.match(
    ca.stdout,
    /^certs\/ca\.crt {3}CN=octoproxy ca · until .* UTC\ncerts\/ca\.key {3}EC P-256, readable by you alone\n$/,
  );
  const made = gen("server", "--san", "dns:localhost", "--san", "IP:127.0.0.1", "--days", "4000");
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /CN=server · DNS:localhost · IP:127\.0\.0\.1/);
  assert.match(made.stdout, /It ends with its authority, sooner than you asked/);
  assert.deepEqual(readdirSync(join(root, "certs")).sort(), ["ca.crt", "ca.key", "server"]);
  assert.deepEqual(readdirSync(join(root, "certs/server")).sort(), ["server.crt", "server.key"]);
  assert.equal(statSync(join(root, "certs/server/server.key")).mode & 0o777, 0o600);

  const shown = easycert("show", "certs/server/server.crt");
  assert.match(shown.stdout, /^certs\/server\/server\.crt {3}certificate 1 of 1\n {2}subject {6}CN=server\n/);
  assert.equal(JSON.parse(easycert("show", "--json", "certs/ca.crt").stdout)[0].isCa, true);

  const keep = ["--cacert", "certs/ca.crt", "--cakey", "certs/ca.key"];
  for (const [command, ...args] of [
    ["revoke", "certs/server/server.crt"],
    ["crl", "--days", "30"],
    ["renew", "certs/server/server.crt"],
  ] as const) {
    const { status, stderr } = easycert(command, ...args, ...keep);
    assert.deepEqual([status, stderr], [0, ""], command);
  }
  assert.ok(readdirSync(join(root, "certs")).includes("ca.crl"));
});

test("wrong usage is status 2, a failure status 1, each with one line and nothing written", () => {
  const before = readdirSync(root, { recursive: true }).sort();
  const san = ["--san", "DNS:a.example"];
  const cases: readonly [ReturnType<typeof easycert>, number, RegExp][] = [
    [gen("x"), 2, /^at least one --san is needed/],
    [gen("x", "--san", "foo"), 2, /^--san "foo": write DNS:name/],
    [gen("../x", ...san), 2, /^"\.\.\/x" cannot be a name/],
    [gen("a/b", ...san), 2, /cannot be a name/],
    [gen("x", ...san, "--days", "0"), 2, /--days/],
    [gen("x", ...san, "--days", "1e9"), 2, /--days/],
    [gen("x", ...san, "--usage", "all"), 2, /both, server, client/],
    [gen("x", ...san, "--key-type", "dsa"), 2, /ec, rsa, ed25519/],
    [gen("server", ...san), 1, /server\.key exists already, nothing was written; --force overwrites it/],
    [
      easycert("gen", "x", ...san, "--common-name", "x", ...signed, "--cakey", "nothing"),
      1,
      /^nothing does not exist/,
    ],
    [easycert("gen", "x", ...san, "--common-name", "x".repeat(65), ...signed), 2, /1 to 64 characters/],
    [easycert("ca", "--common-name", "x", "-o", "certs"), 1, /ca\.key exists already/],
    [easycert("show", "nothing\u001b[31m"), 1, /^nothing\?\[31m does not exist/],
    [easycert("show", "certs/ca.key"), 1, /holds a key and no certificate/],
    [easycert("nonsense"), 2, /nonsense/],
    [easycert("show"), 2, /file/],
  ];
  for (const [{ status, stderr, stdout }, wanted, words] of cases) {
    assert.equal(status, wanted, stderr);
    assert.match(stderr, words);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
  }
  assert.deepEqual(readdirSync(root, { recursive: true }).sort(), before);
});
