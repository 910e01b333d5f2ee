import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedNetworks } from "./allowed-networks.ts";

test("addresses are judged by network, IPv4 also where it comes mapped into IPv6", () => {
  const isAllowed = allowedNetworks(["127.0.0.0/8", "10.0.0.0/8", "::1/128", "fc00::/7"]);
  for (const address of [
    "127.0.0.1",
    "::ffff:127.0.0.1",
    "::FFFF:10.1.2.3",
    "10.255.255.255",
    "::1",
    "fd00::1",
  ]) {
    assert.equal(isAllowed(address), true, address);
  }
  for (const address of ["11.0.0.1", "::ffff:11.0.0.1", "2001:db8::1", "::2", ""]) {
    assert.equal(isAllowed(address), false, address);
  }
  assert.equal(allowedNetworks([])("127.0.0.1"), false);
  assert.equal(allowedNetworks(["0.0.0.0/0"])("8.8.8.8"), true);
});
