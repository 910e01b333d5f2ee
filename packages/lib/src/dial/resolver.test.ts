import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hasCode } from "../transport/conformance/expect.ts";
import { AddressCache } from "./address-cache.ts";
import { loopbackOf, parseHosts } from "./hosts-file.ts";
import { TestNameServer, type Zone } from "./name-server.fixture.ts";
import { Resolver } from "./resolver.ts";
import { WatchedFile } from "./watched-file.ts";

const signal = AbortSignal.timeout(60_000);

const start = async (zone: Zone, hosts = "", timeoutMs = 5_000) => {
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-resolver-"));
  const hostsFile = join(folder, "hosts");
  writeFileSync(hostsFile, hosts);
  const server = await TestNameServer.start(zone);
  const resolver = new Resolver({ servers: [server.address], hostsFile, timeoutMs });
  return {
    server,
    resolver,
    async [Symbol.asyncDispose]() {
      resolver.close();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
};

test("a hosts file is read as hosts(5) says; what is wrong in it is skipped", () => {
  const table = parseHosts(
    "127.0.0.1 localhost\n\n# all\n10.0.0.5\tDB.corp db # the old one\n::1 localhost ip6-localhost\nnonsense x\nfe80::1%lo0 x\n10.0.0.5 db\n10.0.0.6 db",
  );
  assert.deepEqual(table.get("localhost"), ["127.0.0.1", "::1"]);
  assert.deepEqual(table.get("db.corp"), ["10.0.0.5"]);
  assert.deepEqual(table.get("db"), ["10.0.0.5", "10.0.0.6"]);
  assert.equal(table.get("x"), undefined);
  assert.deepEqual(loopbackOf("a.localhost"), ["127.0.0.1", "::1"]);
  assert.equal(loopbackOf("localhost.example"), undefined);
});

test("a literal stands for itself, hosts and localhost come before the name servers", async () => {
  await using set = await start({ "db.corp": ["192.0.2.1"] }, "10.0.0.5 db.corp\n");
  assert.deepEqual(await set.resolver.resolve("10.1.2.3", signal), ["10.1.2.3"]);
  assert.deepEqual(await set.resolver.resolve("2001:db8::1", signal), ["2001:db8::1"]);
  assert.deepEqual(await set.resolver.resolve("db.corp", signal), ["10.0.0.5"]);
  assert.deepEqual(await set.resolver.resolve("localhost", signal), ["127.0.0.1", "::1"]);
  assert.deepEqual(set.server.questions, []);
});

test("both families are asked for at once, IPv6 comes first, and the answer is kept for its TTL", async () => {
  await using set = await start({ "both.test": ["192.0.2.1", "192.0.2.2", "2001:db8::1"] });
  const addresses = await set.resolver.resolve("both.test", signal);
  assert.deepEqual(addresses, ["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
  assert.deepEqual(await set.resolver.resolve("both.test", signal), addresses);
  assert.deepEqual(set.server.questions.sort(), ["both.test A", "both.test AAAA"]);
  set.server.ttl = 0;
  set.server.zone = { "once.test": ["192.0.2.3"] };
  await set.resolver.resolve("once.test", signal);
  await set.resolver.resolve("once.test", signal);
  assert.equal(set.server.questions.filter((question) => question === "once.test A").length, 2);
});

test("many who want one name ask once, and one that gives up does not disturb the others", async () => {
  await using set = await start({ "shared.test": ["192.0.2.1"] });
  const impatient = new AbortController();
  const reason = new Error("no more patience");
  const gone = set.resolver.resolve("shared.test", impatient.signal);
  const others = Array.from({ length: 50 }, () => set.resolver.resolve("shared.test", signal));
  impatient.abort(reason);
  await assert.rejects(gone, reason);
  for (const addresses of await Promise.all(others)) assert.deepEqual(addresses, ["192.0.2.1"]);
  assert.equal(set.server.questions.length, 2);
  await assert.rejects(set.resolver.resolve("shared.test", AbortSignal.abort(reason)), reason);
});

test("what does not exist, has no address or is no name is DNS_ERROR, and is asked for again", async () => {
  await using set = await start({ "empty.test": [] });
  await assert.rejects(set.resolver.resolve("absent.test", signal), hasCode("DNS_ERROR"));
  await assert.rejects(set.resolver.resolve("absent.test", signal), /absent\.test does not exist/);
  await assert.rejects(set.resolver.resolve("empty.test", signal), /empty\.test has no address/);
  assert.equal(set.server.questions.filter((question) => question === "absent.test A").length, 2);
});

test("other notations of an IPv4 address are no names: nobody is asked", async () => {
  await using set = await start({});
  for (const name of [
    "0x7f.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "1.2.3.4.5",
    "a.0x1",
    "x.0x",
  ]) {
    await assert.rejects(set.resolver.resolve(name, signal), hasCode("DNS_ERROR"));
  }
  assert.deepEqual(set.server.questions, []);
});

test("a family that is late is not waited for, nor believed absent afterwards", async () => {
  await using set = await start({ "slow6.test": ["192.0.2.1", "2001:db8::1"] });
  set.server.silent.add("slow6.test AAAA");
  assert.deepEqual(await set.resolver.resolve("slow6.test", signal), ["192.0.2.1"]);
  set.server.silent.clear();
  assert.deepEqual(await set.resolver.resolve("slow6.test", signal), ["2001:db8::1", "192.0.2.1"]);
});

test("name servers that do not answer are DNS_TIMEOUT", async () => {
  await using set = await start({}, "", 10);
  set.server.silent.add("dead.test A").add("dead.test AAAA");
  await assert.rejects(set.resolver.resolve("dead.test", signal), hasCode("DNS_TIMEOUT"));
});

test("the cache keeps a minute at most and 4,096 names", () => {
  const cache = new AddressCache();
  cache.set("long.test", ["192.0.2.1"], 86_400, 0);
  assert.deepEqual(cache.get("long.test", 59_999), ["192.0.2.1"]);
  assert.equal(cache.get("long.test", 60_000), undefined);
  for (let number = 0; number < 5_000; number++) cache.set(`${number}.test`, ["192.0.2.1"], 30, 0);
  assert.equal(cache.size, 4_096);
  assert.equal(cache.get("903.test", 1), undefined);
  assert.deepEqual(cache.get("4999.test", 1), ["192.0.2.1"]);
});

test("a watched file tells its text when it changed, also when it comes and goes", () => {
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-watched-"));
  const path = join(folder, "hosts");
  const file = new WatchedFile(path);
  assert.equal(file.changed(0), "");
  writeFileSync(path, "one");
  assert.equal(file.changed(1_999), undefined);
  assert.equal(file.changed(2_000), "one");
  assert.equal(file.changed(10_000), undefined);
  writeFileSync(path, "three");
  assert.equal(file.changed(20_000), "three");
  rmSync(folder, { recursive: true });
  assert.equal(file.changed(30_000), "");
});
