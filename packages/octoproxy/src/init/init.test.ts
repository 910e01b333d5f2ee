import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { loadCertificates } from "@octoproxy/easycert/authority";
import { EasycertError } from "@octoproxy/easycert/easycert-error";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import { checkConfig } from "../check/check-config.ts";
import { backendAddress } from "./client-toml.ts";
import { makeSet } from "./make-set.ts";
import { planSet, type SetWish } from "./set-plan.ts";

const root = mkdtempSync(join(tmpdir(), "octoproxy-init-"));
after(() => rmSync(root, { recursive: true, force: true }));
const now = Date.now();

const wish = (changes: Partial<SetWish> = {}): SetWish => ({
  serverName: undefined,
  serverListen: undefined,
  clientListen: { host: "127.0.0.1", port: 8081 },
  metricAddress: "off",
  ...changes,
});
const namesOf = (changes: Partial<SetWish>): string[] =>
  planSet(wish(changes)).names.map(({ type, value }) => `${type}:${value}`);

test("without a name the set is for this machine, with one for two", () => {
  const here = planSet(wish());
  assert.deepEqual([here.serverListen, here.backendHost], [{ host: "127.0.0.1", port: 8443 }, "127.0.0.1"]);
  const there = planSet(wish({ serverName: "Proxy.example" }));
  assert.deepEqual(
    [there.serverListen, there.backendHost],
    [{ host: "0.0.0.0", port: 8443 }, "proxy.example"],
  );
});

test("the server's certificate bears its name of either kind, and those of its own machine", () => {
  assert.deepEqual(namesOf({}), ["IP:127.0.0.1", "DNS:localhost"]);
  assert.deepEqual(namesOf({ serverName: "proxy.example" }), [
    "DNS:proxy.example",
    "DNS:localhost",
    "IP:127.0.0.1",
  ]);
  assert.deepEqual(namesOf({ serverName: "2001:db8::1" }), [
    "IP:2001:db8::1",
    "DNS:localhost",
    "IP:127.0.0.1",
  ]);
  const serverListen = { host: "192.0.2.7", port: 9 };
  assert.deepEqual(namesOf({ serverListen }), ["IP:192.0.2.7", "DNS:localhost", "IP:127.0.0.1"]);
  assert.equal(backendAddress(planSet(wish({ serverName: "2001:db8::1", serverListen }))), "[2001:db8::1]:9");
});

test("a name that is none is wrong usage", () => {
  for (const serverName of ["a b", "", "*.example.com", "http://proxy.example", "10.0.0.0/8", "x\ny"]) {
    assert.throws(
      () => planSet(wish({ serverName })),
      (error) =>
        error instanceof EasycertError && error.status === 2 && error.message.startsWith("--server-name"),
    );
  }
});

for (const serverName of [undefined, "proxy.example", "192.0.2.1", "2001:db8::1", "xn--bcher-kva.example"]) {
  test(`a set for ${serverName ?? "this machine"} is whole: both configurations load, both certificates pass`, async () => {
    const directory = mkdtempSync(join(root, "set-"));
    const plan = planSet(wish({ serverName }));
    makeSet(directory, plan, false, now);
    await checkConfig(join(directory, "server.toml"));
    await checkConfig(join(directory, "client.toml"));
    const chain = (file: string) => loadCertificates(join(directory, file)).map(({ x509 }) => x509.raw);
    const trust = (file: string) => ({
      anchors: loadCertificates(join(directory, file)),
      revocationLists: [],
    });
    const name = plan.backendHost;
    judgeChain(chain("server/server.crt"), trust("client/ca.crt"), { purpose: "server", name, now });
    judgeChain(chain("client/client.crt"), trust("server/ca.crt"), { purpose: "client", now });
    for (const key of ["ca/ca.key", "server/server.key", "client/client.key"]) {
      assert.equal(statSync(join(directory, key)).mode & 0o777, 0o600);
    }
  });
}

test("one file that is there already, and nothing is written", () => {
  const directory = mkdtempSync(join(root, "set-"));
  const plan = planSet(wish());
  makeSet(directory, plan, false, now);
  const before = readFileSync(join(directory, "ca/ca.key"), "utf8");
  rmSync(join(directory, "server.toml"));
  assert.throws(() => makeSet(directory, plan, false, now), /exists already, nothing was written/);
  assert.deepEqual(readdirSync(directory).sort(), [
    "ca",
    "client",
    "client.toml",
    "host_rule.toml",
    "server",
  ]);
  assert.equal(readFileSync(join(directory, "ca/ca.key"), "utf8"), before);
  makeSet(directory, plan, true, now);
  assert.notEqual(readFileSync(join(directory, "ca/ca.key"), "utf8"), before);
});
