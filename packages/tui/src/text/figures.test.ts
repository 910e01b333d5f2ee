import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { briefDuration, duration, latency } from "./duration.ts";
import { bytes, compact, counted } from "./quantity.ts";
import { sparkline } from "./sparkline.ts";

test("numbers of any size take four characters at most", () => {
  const known: [number, string][] = [
    [0, "0"],
    [999, "999"],
    [1000, "1.0k"],
    [9_949, "9.9k"],
    [9_951, "10k"],
    [380_000, "380k"],
    [999_949, "1.0M"],
    [12_400_000, "12M"],
  ];
  for (const [value, text] of known) assert.equal(compact(value), text);
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true }), (value) => assert.ok(compact(value).length <= 4)),
  );
  assert.equal(bytes(31_000_000), "31 MB");
  assert.equal(counted(1, "tunnel"), "1 tunnel");
  assert.equal(counted(12_034, "tunnel"), "12,034 tunnels");
});

test("durations take two units, and at most nine characters for a hundred days", () => {
  const known: [number, string][] = [
    [-5, "0 s"],
    [8_900, "8 s"],
    [131_000, "2 m 11 s"],
    [44 * 60_000, "44 m"],
    [10_920_000, "3 h 2 m"],
    [273_600_000, "3 d 4 h"],
    [86_400_000, "1 d"],
  ];
  for (const [ms, text] of known) assert.equal(duration(ms), text);
  fc.assert(
    fc.property(fc.nat(99 * 86_400_000), (ms) => {
      assert.ok(duration(ms).length <= 9);
      assert.ok(briefDuration(ms).length <= 4);
    }),
  );
  assert.deepEqual([null, 0.42, 9.96, 412.4, 999.6, 12_000].map(latency), [
    "—",
    "0.4 ms",
    "10 ms",
    "412 ms",
    "1.0 s",
    "12.0 s",
  ]);
});

test("a sparkline is under its own peak, but next to nothing looks like nothing", () => {
  assert.equal(sparkline([0, 5000, 10_000], 5), "  ▁▄▇");
  assert.equal(sparkline([0, 1, 2], 3), "▁▂▂");
  assert.equal(sparkline([], 3), "   ");
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0 })), fc.nat(30), (values, cells) => {
      assert.match(sparkline(values, cells), /^ *[▁▂▃▄▅▆▇]*$/);
      assert.equal(sparkline(values, cells).length, cells);
    }),
  );
});
