import assert from "node:assert/strict";
import { test } from "node:test";
import { tunnelView } from "@octoproxy/lib/admin/fake-source.fixture";
import fc from "fast-check";
import { livelyTunnels as manyTunnels } from "../lively-snapshot.fixture.ts";
import { listTunnels, tunnelOrders } from "./tunnel-list.ts";

const livelyTunnels = () => manyTunnels().filter(({ id }) => ["131", "2640", "9"].includes(id));

const targets = (order: (typeof tunnelOrders)[number], reversed = false, filter = ""): string[] =>
  listTunnels(livelyTunnels(), { order, reversed, filter }).map(({ target }) => target.split(".")[0]!);

test("tunnels stand as a reader expects them, and the other way round", () => {
  assert.deepEqual(targets("bytes"), ["registry", "git", "[2001:db8::7]:443"]);
  assert.deepEqual(targets("bytes", true), ["[2001:db8::7]:443", "git", "registry"]);
  assert.deepEqual(targets("age"), ["git", "registry", "[2001:db8::7]:443"]);
  assert.deepEqual(targets("target"), ["[2001:db8::7]:443", "git", "registry"]);
  assert.deepEqual(targets("backend").slice(0, 1), ["git"]);
});

test("every word of the filter must stand somewhere", () => {
  assert.deepEqual(targets("bytes", false, "EXAMPLE"), ["registry", "git"]);
  assert.deepEqual(targets("bytes", false, "example osa"), ["git"]);
  assert.deepEqual(targets("bytes", false, "socks5"), ["[2001:db8::7]:443"]);
  assert.deepEqual(targets("bytes", false, "nothing like it"), []);
});

test("sorting loses nobody, does not depend on the order before, and leaves the list as it was", () => {
  const some = fc.array(fc.record({ id: fc.nat(500), bytes: fc.nat(3) }), { maxLength: 60 });
  fc.assert(
    fc.property(some, fc.constantFrom(...tunnelOrders), fc.boolean(), (rows, order, reversed) => {
      const unique = [...new Map(rows.map((row) => [row.id, row])).values()];
      const list = Object.freeze(
        unique.map(({ id, bytes }) => ({ ...tunnelView(`${id}`), bytes_in: bytes })),
      );
      const choice = { order, reversed, filter: "" };
      const sorted = listTunnels(list, choice).map(({ id }) => id);
      assert.deepEqual(
        sorted,
        listTunnels(list.toReversed(), choice).map(({ id }) => id),
      );
      assert.deepEqual(new Set(sorted), new Set(list.map(({ id }) => id)));
    }),
  );
});
