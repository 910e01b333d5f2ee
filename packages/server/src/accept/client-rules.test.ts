import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientRule } from "../config/server-config.ts";
import { ClientRules } from "./client-rules.ts";

const rule = (...match: string[]): ClientRule => ({ match, maxTunnels: undefined, egress: undefined });
const peer = (subject: string, ...names: string[]) => ({ subject, fingerprint: "00", names });

test("the first rule that fits holds, by subject or by SAN", () => {
  const [laptop, lab, anybody] = [rule("CN=laptop"), rule("DNS:*.lab.test", "IP:192.0.2.1"), rule("CN=*")];
  const rules = new ClientRules([laptop, lab, anybody]);
  assert.equal(rules.of(peer("CN=laptop")), laptop);
  assert.equal(rules.of(peer("O=Example, CN=Laptop+OU=x", "DNS:a.lab.test")), laptop);
  assert.equal(rules.of(peer("CN=other", "DNS:a.lab.test")), lab);
  assert.equal(rules.of(peer("CN=other", "IP:192.0.2.1")), lab);
  assert.equal(rules.of(peer("CN=laptop2", "DNS:xlab.test")), anybody);
  assert.equal(rules.of(peer("O=Example")), undefined);
});

test("only * is special, and a name with a comma is no two parts", () => {
  const rules = new ClientRules([rule("CN=a.b"), rule("CN=laptop")]);
  assert.equal(rules.of(peer("CN=axb")), undefined);
  assert.equal(rules.of(peer("CN=guest\\, CN=laptop")), undefined);
  assert.equal(rules.of(peer("CN=guest\\\\, CN=laptop"))?.match[0], "CN=laptop");
});

test("the answer is found once a connection", () => {
  const fits = rule("CN=laptop");
  const rules = new ClientRules([fits]);
  const identity = peer("CN=laptop");
  assert.equal(rules.of(identity), rules.of(identity));
});
