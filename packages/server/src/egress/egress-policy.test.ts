import assert from "node:assert/strict";
import { test } from "node:test";
import { addressBytes } from "@octoproxy/lib/address/ip-address";
import fc from "fast-check";
import { parseEgressEntry } from "../config/egress-entry.ts";
import { EgressPolicy } from "./egress-policy.ts";
import { isOwnListener } from "./own-listeners.ts";

const bound = ["0.0.0.0:8443", "[2001:db8::5]:9443"];
const machine = () => ["127.0.0.1", "192.0.2.10", "::1", "2001:db8::10", "fe80::1%eth0"];

const policyOf = (lists: { default?: "allow" | "deny"; deny?: string[]; allow?: string[] } = {}) => {
  const entries = (texts: string[] = []) => texts.map((text) => parseEgressEntry(text)!);
  return new EgressPolicy(
    { default: lists.default ?? "allow", deny: entries(lists.deny), allow: entries(lists.allow) },
    (bytes, port) => isOwnListener(bound, bytes, port, machine),
  );
};

/** What becomes of a target whose host is a literal or resolves to these addresses. */
const outcome = (policy: EgressPolicy, host: string, port = 80, addresses = [host]): "403" | string[] => {
  const verdict = policy.judgeHost({ host, port });
  if (verdict === "denied") return "403";
  const allowed =
    verdict === "allowed" ? addresses : addresses.filter((address) => policy.judgeAddress(address, port));
  return allowed.length === 0 ? "403" : allowed;
};

const hex = (high: number, low: number) => ((high << 8) | low).toString(16);

/** IPv6 literals that reach an IPv4 address, or would behind some translator. */
const ipv6Forms = ([a, b, c, d]: readonly number[]): string[] => {
  const [high, low] = [hex(a!, b!), hex(c!, d!)];
  return [
    `::ffff:${a}.${b}.${c}.${d}`,
    `::ffff:${high}:${low}`,
    `0:0:0:0:0:FFFF:${high}:${low}`,
    `64:ff9b::${a}.${b}.${c}.${d}`,
    `64:ff9b::${high}:${low}`,
    `64:ff9b:1::${high}:${low}`,
    `2002:${high}:${low}::`,
    `2002:${high}:${low}:1:2:3:4:5`,
    `::${high}:${low}`,
    `::ffff:0:${high}:${low}`,
    `2001:0:${high}:${low}::`,
  ];
};

/** Hosts that inet_aton would take for an IPv4 address. */
const numericForms = (bytes: readonly number[]): string[] => {
  const [a, b, c, d] = bytes as [number, number, number, number];
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  return [
    `${whole}`,
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    `0x${a.toString(16)}.0x${b.toString(16)}.0x${c.toString(16)}.0x${d.toString(16)}`,
    `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
  ];
};

const deniedV4 = fc.oneof(
  fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.integer({ min: 224, max: 239 }), fc.nat(255), fc.nat(255), fc.nat(255)),
  fc.constant([100, 100, 100, 200] as const),
  fc.constant([169, 254, 169, 254] as const),
);

test("what is built in is denied in every notation", () => {
  const policy = policyOf();
  fc.assert(
    fc.property(deniedV4, (bytes) => {
      for (const host of [bytes.join("."), ...ipv6Forms(bytes), ...numericForms(bytes)]) {
        assert.equal(outcome(policy, host.toLowerCase()), "403", host);
      }
    }),
  );
  const others = [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "64:ff9b::",
    "fe80::1",
    "febf::1",
    "ff02::1",
    "fd00:ec2::254",
  ];
  for (const host of [...others, "fd00:0ec2:0:0:0:0:0:0254", "fd20:ce::254", "0", "0x0"]) {
    assert.equal(outcome(policy, host), "403", host);
  }
});

test("everything else may be reached, in every notation too", () => {
  const policy = policyOf();
  const publicV4 = fc.tuple(fc.integer({ min: 1, max: 99 }), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(publicV4, (bytes) => {
      for (const host of [bytes.join("."), ...ipv6Forms(bytes)])
        assert.deepEqual(outcome(policy, host), [host]);
    }),
  );
  for (const host of [
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "192.168.1.1",
    "fd00::1",
    "100.100.100.201",
    "fec0::1",
  ]) {
    assert.deepEqual(outcome(policy, host), [host]);
  }
});

test("a name that resolves to a denied address is denied; of a good and a denied one, the good one is used", () => {
  const policy = policyOf();
  assert.equal(outcome(policy, "metadata.test", 80, ["169.254.169.254", "fd00:ec2::254"]), "403");
  assert.deepEqual(
    outcome(policy, "mixed.test", 80, ["169.254.169.254", "192.0.2.1", "::ffff:169.254.0.1"]),
    ["192.0.2.1"],
  );
  assert.equal(outcome(policy, "odd.test", 80, ["fe80::1%lo0", "not an address"]), "403");
});

test("the server's own listeners are denied at every address of the machine, other ports are not", () => {
  const policy = policyOf();
  const own = [
    "127.0.0.1",
    "127.8.8.8",
    "192.0.2.10",
    "::1",
    "2001:db8::10",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "0x7f.1",
  ];
  for (const host of own) assert.equal(outcome(policy, host, 8443), "403", host);
  for (const host of ["127.0.0.1", "192.0.2.10", "::1"])
    assert.deepEqual(outcome(policy, host, 8080), [host]);
  assert.deepEqual(outcome(policy, "192.0.2.99", 8443), ["192.0.2.99"]);
  assert.equal(outcome(policy, "2001:db8::5", 9443), "403");
  assert.deepEqual(outcome(policy, "2001:db8::10", 9443), ["2001:db8::10"]);
});

test("deny lists networks, hosts and ports; allow exempts from it and from what is built in", () => {
  const policy = policyOf({
    deny: ["10.0.0.0/8", "[fd00::]/8:22", "*.internal.test", "secret.test:443", "192.0.2.0/24:25"],
    allow: ["10.1.0.0/16", "ok.internal.test", "169.254.169.254:80", "127.0.0.1:8443"],
  });
  assert.equal(outcome(policy, "10.2.0.1"), "403");
  assert.equal(outcome(policy, "::ffff:10.2.0.1"), "403");
  assert.equal(outcome(policy, "64:ff9b::a02:1"), "403");
  assert.deepEqual(outcome(policy, "10.1.0.1"), ["10.1.0.1"]);
  assert.deepEqual(outcome(policy, "64:ff9b::a01:1"), ["64:ff9b::a01:1"]);
  assert.equal(outcome(policy, "fd00::1", 22), "403");
  assert.deepEqual(outcome(policy, "fd00::1", 80), ["fd00::1"]);
  assert.equal(outcome(policy, "a.b.internal.test", 80, ["192.0.2.1"]), "403");
  assert.deepEqual(outcome(policy, "internal.test", 80, ["192.0.2.1"]), ["192.0.2.1"]);
  assert.equal(outcome(policy, "secret.test", 443, ["192.0.2.1"]), "403");
  assert.deepEqual(outcome(policy, "secret.test", 80, ["192.0.2.1"]), ["192.0.2.1"]);
  assert.equal(outcome(policy, "mail.test", 25, ["192.0.2.1"]), "403");
  // A name that is allowed may be reached wherever it leads.
  assert.deepEqual(outcome(policy, "ok.internal.test", 80, ["10.2.0.1"]), ["10.2.0.1"]);
  assert.deepEqual(outcome(policy, "169.254.169.254", 80), ["169.254.169.254"]);
  assert.equal(outcome(policy, "169.254.169.254", 443), "403");
  assert.deepEqual(outcome(policy, "127.0.0.1", 8443), ["127.0.0.1"]);
});

test("with default = deny only what allow names may be reached", () => {
  const names = policyOf({ default: "deny", allow: ["*.example.test", "api.test:443"] });
  assert.deepEqual(outcome(names, "www.example.test", 80, ["192.0.2.1"]), ["192.0.2.1"]);
  assert.deepEqual(outcome(names, "api.test", 443, ["192.0.2.1"]), ["192.0.2.1"]);
  assert.equal(outcome(names, "api.test", 80, ["192.0.2.1"]), "403");
  assert.equal(outcome(names, "192.0.2.1"), "403");
  const networks = policyOf({ default: "deny", allow: ["192.0.2.0/24"] });
  assert.deepEqual(outcome(networks, "any.test", 80, ["192.0.2.1", "198.51.100.1"]), ["192.0.2.1"]);
  assert.deepEqual(outcome(networks, "::ffff:192.0.2.1"), ["::ffff:192.0.2.1"]);
  // A translator's address is one of its own: it is not what the rule names.
  assert.equal(outcome(networks, "64:ff9b::c000:201"), "403");
});

test("own listeners are compared by bytes", () => {
  const is = (listener: string, address: string, port: number) =>
    isOwnListener([listener], addressBytes(address)!, port, machine);
  assert.equal(is("127.0.0.1:8443", "127.0.0.1", 8443), true);
  assert.equal(is("127.0.0.1:8443", "127.0.0.2", 8443), false);
  assert.equal(is("[::]:8443", "192.0.2.10", 8443), true);
  assert.equal(is("[::ffff:192.0.2.10]:8443", "192.0.2.10", 8443), true);
});
