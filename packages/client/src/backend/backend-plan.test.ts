import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { makeCa, signerOfMade } from "@octoproxy/lib/tls/certificate.fixture";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import { loadClientConfig } from "../config/load-client-config.ts";
import { planBackends } from "./backend-plan.ts";

const table = (name: string, rest = ""): string =>
  `[backends.${name}]\naddress = "localhost:8443"\nprotocol = "http2"\ncacert = "certs/ca.crt"\n` +
  `client_cert = "certs/me.crt"\nclient_key = "certs/me.key"\ncrl = ["ca.crl"]\n${rest}\n`;

const issuer = makeCa("for lists");

const writeList = (folder: ConfigFolder, number: bigint): void => {
  const thisUpdate = new Date();
  const nextUpdate = new Date(thisUpdate.getTime() + 86_400_000);
  const list = { thisUpdate, nextUpdate, number, revoked: new Map() };
  folder.write("ca.crl", writeRevocationList(list, signerOfMade(issuer)));
};

const start = (): ConfigFolder => {
  const folder = new ConfigFolder();
  folder.writeCertificates("client");
  writeList(folder, 1n);
  return folder;
};

/** The keys of the plans by name. */
const keysOf = async (folder: ConfigFolder, toml: string): Promise<Record<string, string>> => {
  folder.write("client.toml", toml);
  const { config } = await loadClientConfig("client.toml", { workingFolder: folder.path });
  const plans = planBackends(config, new Resolver({ servers: config.dnsServers }));
  return Object.fromEntries(plans.map(({ settings, key }) => [settings.name, key]));
};

const both = table("a") + table("b");

test("what did not change has the key that it had: other backends, their order, weights and balance do not matter", async () => {
  using folder = start();
  const before = await keysOf(folder, both);
  assert.notEqual(before.a, before.b);
  assert.deepEqual(await keysOf(folder, both), before);
  const after = await keysOf(
    folder,
    `balance = "first"\n${table("c")}${table("b", "weight = 3")}${table("a")}`,
  );
  assert.equal(after.a, before.a);
  assert.equal(after.b, before.b);
});

test("other certificates, name servers and deadlines make another key, other lists do not", async () => {
  using folder = start();
  const keys = new Set([(await keysOf(folder, both)).a]);
  folder.writeCertificates("client");
  keys.add((await keysOf(folder, both)).a);
  writeList(folder, 2n);
  assert.ok(keys.has((await keysOf(folder, both)).a!), "lists are exchanged while connected");
  keys.add((await keysOf(folder, `connect_timeout = 5\n${both}`)).a);
  keys.add((await keysOf(folder, `dns_servers = ["192.0.2.53"]\n${both}`)).a);
  keys.add((await keysOf(folder, table("a", "retry_timeout = 9"))).a);
  assert.equal(keys.size, 5);
});

test("a file that broke after the configuration was read is a fault with its backend, not a crash", async () => {
  using folder = start();
  folder.write("client.toml", both);
  const { config } = await loadClientConfig("client.toml", { workingFolder: folder.path });
  folder.write("certs/me.key", "no key");
  assert.throws(
    () => planBackends(config, new Resolver()),
    (error) => error instanceof ConfigError && error.faults[0]?.keyPath === "backends.a",
  );
});
