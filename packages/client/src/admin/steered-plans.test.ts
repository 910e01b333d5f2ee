import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { loadClientConfig } from "../config/load-client-config.ts";
import { refreshedPlans, replanned, steeredPlans } from "./steered-plans.ts";
import { Steering } from "./steering-policy.ts";

const table = (name: string, certs: string): string =>
  `[backends.${name}]\naddress = "127.0.0.1:1"\nprotocol = "http2"\ncacert = "${certs}/ca.crt"\nclient_cert = "${certs}/me.crt"\nclient_key = "${certs}/me.key"\n`;

/** Two backends, each with certificates of its own. */
const start = async () => {
  const folder = new ConfigFolder();
  folder.writeCertificates("client");
  const read = (name: string) => readFileSync(join(folder.path, "certs", name));
  for (const name of ["ca.crt", "me.crt", "me.key"]) folder.write(`other/${name}`, read(name));
  folder.write("client.toml", table("a", "certs") + table("b", "other"));
  const { config } = await loadClientConfig("client.toml", { workingFolder: folder.path });
  const steering = new Steering();
  const resolver = new Resolver();
  const plans = steeredPlans(config, resolver, steering);
  const refresh = (before = plans) => refreshedPlans(before, config, resolver, steering);
  return { folder, config, steering, resolver, plans, refresh };
};

test("nothing is taken where nothing changed, and each backend by itself where something did", async () => {
  const { folder, plans, refresh } = await start();
  using _ = folder;
  const same = refresh();
  assert.deepEqual([same.taken, same.faults], [[], []]);
  assert.deepEqual(same.plans, plans);
  folder.write("other/me.key", "no key");
  folder.writeCertificates("client");
  const half = refresh();
  assert.deepEqual(
    half.taken.map(({ backend }) => backend),
    ["a"],
  );
  assert.equal(half.faults.length, 1);
  assert.match(half.faults[0]!, /other\/me\.key holds no private key/);
  assert.notEqual(half.plans[0]!.key, plans[0]!.key);
  assert.equal(half.plans[1], plans[1]);
});

test("a protocol is switched with the certificates in force, whatever lies on disk", async () => {
  const { folder, plans, config, steering, resolver } = await start();
  using _ = folder;
  folder.write("certs/me.key", "no key");
  const next = replanned(plans, config.backends[0]!, config, resolver, steering);
  assert.equal(next[0]!.material?.cert, plans[0]!.material?.cert);
  assert.equal(next[1], plans[1]);
});
