import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { fuzzing } from "../testing/fuzzing.ts";
import { addressBytes } from "./ip-address.ts";
import { NetworkList } from "./network-list.ts";

const bytesOf = (text: string) => addressBytes(text)!;

test("networks and single addresses, with and without ports", () => {
  const list = new NetworkList([
    { network: "10.0.0.0/8" },
    { network: "192.0.2.7/32", port: 443 },
    { network: "192.0.2.7/32", port: 22 },
    { network: "2001:db8::/33", port: undefined },
  ]);
  assert.equal(list.covers(bytesOf("10.255.0.1"), 1), true);
  assert.equal(list.covers(bytesOf("::ffff:10.255.0.1"), 1), true);
  assert.equal(list.covers(bytesOf("11.0.0.1"), 1), false);
  assert.deepEqual(
    [443, 22, 80].map((port) => list.covers(bytesOf("192.0.2.7"), port)),
    [true, true, false],
  );
  assert.equal(list.covers(bytesOf("2001:db8:7fff::1"), 80), true);
  assert.equal(list.covers(bytesOf("2001:db8:8000::1"), 80), false);
});

test("an entry without a port wins over those with one, in either order", () => {
  for (const ports of [
    [undefined, 80],
    [80, undefined],
  ]) {
    const list = new NetworkList(ports.map((port) => ({ network: "10.0.0.0/8", port })));
    assert.equal(list.covers(bytesOf("10.0.0.1"), 22), true);
  }
});

test("no network covers anything, the whole of a family all of it", () => {
  const none = new NetworkList([]);
  const all = new NetworkList([{ network: "0.0.0.0/0" }]);
  assert.equal(none.covers(bytesOf("10.0.0.1"), 80), false);
  assert.equal(all.covers(bytesOf("10.0.0.1"), 80), true);
  assert.equal(all.covers(bytesOf("::1"), 80), false);
});

test("what is no network is refused", () => {
  for (const network of ["10.0.0.0", "10.0.0.0/33", "x/8", "::/129", "10.0.0.0/-1", "10.0.0.0/x"]) {
    assert.throws(() => new NetworkList([{ network }]), /is not address\/prefix/, network);
  }
});

test("it agrees with ipaddr.js on any networks and addresses", () => {
  const v4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });
  // Few different bytes, so that prefixes do meet.
  const v6 = fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { minLength: 16, maxLength: 16 });
  for (const [family, bits] of [
    [v4, 32],
    [v6, 128],
  ] as const) {
    fc.assert(
      fc.property(fc.array(fc.tuple(family, fc.nat(bits)), { maxLength: 8 }), family, (networks, bytes) => {
        const address = ipaddr.fromByteArray(bytes);
        if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return;
        const texts = networks.map(([network, prefix]) => `${ipaddr.fromByteArray(network)}/${prefix}`);
        const usable = texts.filter(
          (text) => addressBytes(text.replace(/\/\d+$/, ""))?.length === bytes.length,
        );
        const list = new NetworkList(usable.map((network) => ({ network })));
        const expected = usable.some((text) => address.match(ipaddr.parseCIDR(text)));
        assert.equal(list.covers(bytes, 80), expected);
      }),
      fuzzing("network-lists"),
    );
  }
});
