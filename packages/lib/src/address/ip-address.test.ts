import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { fuzzing } from "../testing/fuzzing.ts";
import { addressBytes, ipv4Within, looseIpv4Bytes } from "./ip-address.ts";

const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
const hex = (high: number, low: number) => ((high << 8) | low).toString(16);

test("every notation of an address gives the same bytes; IPv4 in IPv6 form is IPv4", () => {
  fc.assert(
    fc.property(octets, (bytes) => {
      const [a, b, c, d] = bytes as [number, number, number, number];
      const dotted = bytes.join(".");
      for (const text of [
        dotted,
        `::ffff:${dotted}`,
        `::FFFF:${hex(a, b)}:${hex(c, d)}`,
        `0:0:0:0:0:ffff:${dotted}`,
        `0000:0000:0000:0000:0000:ffff:${hex(a, b).padStart(4, "0")}:${hex(c, d).padStart(4, "0")}`,
      ]) {
        assert.deepEqual(addressBytes(text), bytes, text);
      }
    }),
    fuzzing("ip-addresses"),
  );
  assert.deepEqual(addressBytes("2001:DB8::1"), addressBytes("2001:0db8:0:0:0:0:0:0001"));
});

test("what is no address, or only here, has no bytes", () => {
  for (const text of [
    "",
    "a.test",
    "1.2.3",
    "1.2.3.256",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "::1%lo0",
    ":::",
    "1.2.3.4/8",
  ]) {
    assert.equal(addressBytes(text), undefined, text);
  }
});

test("what inet_aton makes of a host is known, in decimal, octal and hexadecimal, of one to four parts", () => {
  fc.assert(
    fc.property(
      octets,
      fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (bytes, bases, count) => {
        const parts = bytes.slice(0, count - 1);
        parts.push(bytes.slice(count - 1).reduce((number, byte) => number * 256 + byte, 0));
        const words = parts.map((part, index) => {
          const base = bases[index]!;
          return base === 10 ? `${part}` : base === 16 ? `0x${part.toString(16)}` : `0${part.toString(8)}`;
        });
        assert.deepEqual(looseIpv4Bytes(words.join(".")), bytes, words.join("."));
      },
    ),
    fuzzing("inet-aton"),
  );
  for (const name of ["a.test", "1.2.3.4.5", "x.1", "256.1.1.1", ""])
    assert.equal(looseIpv4Bytes(name), undefined, name);
});

test("an IPv4 address is found inside every IPv6 address that stands for it", () => {
  const nonZero = octets.filter(([first]) => first !== 0);
  fc.assert(
    fc.property(nonZero, (bytes) => {
      const [a, b, c, d] = bytes as [number, number, number, number];
      const [high, low] = [hex(a, b), hex(c, d)];
      const turned = bytes.map((byte) => byte ^ 0xff) as [number, number, number, number];
      const byte = (value: number) => value.toString(16).padStart(2, "0");
      for (const text of [
        `64:ff9b::${high}:${low}`,
        `64:ff9b:1::${high}:${low}`,
        `64:ff9b:1:abcd:1:2:${high}:${low}`,
        `64:ff9b:1:${high}:00${byte(c)}:${byte(d)}00::`,
        `64:ff9b:1:ff${byte(a)}:00${byte(b)}:${byte(c)}${byte(d)}::`,
        `64:ff9b:1:ffff:00${byte(a)}:${byte(b)}${byte(c)}:${byte(d)}00:0`,
        `2002:${high}:${low}::1`,
        `2001:0:${high}:${low}:0:ffff:0808:0808`,
        `2001:0:0808:0808:0:ffff:${hex(turned[0], turned[1])}:${hex(turned[2], turned[3])}`,
        `::${high}:${low}`,
        `::ffff:0:${high}:${low}`,
        `2001:db8::5efe:${high}:${low}`,
        `2001:db8::200:5efe:${high}:${low}`,
      ]) {
        const within = ipv4Within(addressBytes(text)!).map((address) => address.join("."));
        assert.ok(within.includes(bytes.join(".")), `${text} gave ${within}`);
      }
    }),
    fuzzing("embedded-ipv4"),
  );
});

test("ordinary addresses stand for themselves", () => {
  for (const text of ["8.8.8.8", "::1", "::", "2001:db8::1", "fe80::1", "2606:4700::1111"]) {
    assert.deepEqual(ipv4Within(addressBytes(text)!), [], text);
  }
  const nat64 = ipv4Within(ipaddr.parse("64:ff9b:1::808:808").toByteArray());
  assert.deepEqual(nat64, [[8, 8, 8, 8]]);
});
