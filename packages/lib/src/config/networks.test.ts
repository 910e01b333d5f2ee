import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatListenAddress, parseListenAddress } from "./listen-address.ts";
import { isLoopback, parseDnsServer, parseNetwork } from "./networks.ts";

test("networks are read in one form", () => {
  for (const [text, network] of [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/8", "10.0.0.0/8"],
    ["10.1.2.3", "10.1.2.3/32"],
    ["10.1.2.255/25", "10.1.2.128/25"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["::/0", "::/0"],
    ["FD00::1", "fd00::1/128"],
    ["2001:db8:ffff::/36", "2001:db8:f000::/36"],
    ["::ffff:10.1.2.3/104", "10.0.0.0/8"],
    ["::ffff:0:0/96", "0.0.0.0/0"],
  ] as const) {
    assert.equal(parseNetwork(text), network, text);
  }
});

test("what is no network is none", () => {
  for (const text of [
    "",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "a",
    "::/129",
    "fe80::1%lo/64",
    "012.0.0.1",
    "0x7f.1",
    "10.0.0.0/-1",
    " 10.0.0.0/8",
  ]) {
    assert.equal(parseNetwork(text), undefined, text);
  }
});

test("a network read again is the same network", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(128), (text, prefix) => {
      const network = parseNetwork(`${text}/${prefix}`);
      return network === undefined || parseNetwork(network) === network;
    }),
  );
});

test("listen addresses: an address and a port, or a port of 127.0.0.1", () => {
  for (const [text, host, port] of [
    ["127.0.0.1:8081", "127.0.0.1", 8081],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["8081", "127.0.0.1", 8081],
    ["[::1]:65535", "::1", 65535],
    ["[::]:1", "::", 1],
  ] as const) {
    assert.deepEqual(parseListenAddress(text), { host, port });
    assert.deepEqual(parseListenAddress(formatListenAddress({ host, port })), { host, port });
  }
  for (const text of [
    "",
    ":80",
    "localhost:80",
    "1.2.3.4",
    "1.2.3.4:",
    "1.2.3.4:65536",
    "::1:80",
    "[1.2.3.4]:80",
    "[::1]80",
    "1.2.3.4:8 ",
  ]) {
    assert.equal(parseListenAddress(text), undefined, text);
  }
});

test("name servers are addresses, with a port or without", () => {
  for (const text of ["9.9.9.9", "9.9.9.9:5353", "::1", "[::1]:53"]) assert.equal(parseDnsServer(text), text);
  for (const text of ["", "dns.example", "9.9.9.9:0", "9.9.9.9:65536", "[9.9.9.9]:53", "[::1]"]) {
    assert.equal(parseDnsServer(text), undefined, text);
  }
});

test("loopback is 127.0.0.0/8 and ::1", () => {
  for (const host of ["127.0.0.1", "127.255.0.1", "::1"]) assert.equal(isLoopback(host), true, host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "fe80::1"]) assert.equal(isLoopback(host), false, host);
});
