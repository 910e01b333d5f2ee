import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { startOrigin } from "./harness/origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";
import { through } from "./harness/through.ts";

const greeting = "\x05\x01\x00";

/** What is sent, and all that comes back before the end. Replies of SOCKS5 have 10 bytes, of SOCKS4 8. */
const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
  "no method that is served": ["\x05\x02\x01\x02", /^\x05\xff$/],
  "no method at all": ["\x05\x00", /^\x05\xff$/],
  "another version behind the greeting": [
    `${greeting}\x04\x01\x00\x01\x7f\x00\x00\x01\x00\x50`,
    /^\x05\x00\x05\x01.{8}$/s,
  ],
  "an unknown command": [`${greeting}\x05\x09\x00\x01\x7f\x00\x00\x01\x00\x50`, /^\x05\x00\x05\x07.{8}$/s],
  "an unknown type of address": [
    `${greeting}\x05\x01\x00\x09\x7f\x00\x00\x01\x00\x50`,
    /^\x05\x00\x05\x08.{8}$/s,
  ],
  "an empty name": [`${greeting}\x05\x01\x00\x03\x00\x00\x50`, /^\x05\x00\x05\x01.{8}$/s],
  "a name with a NUL": [`${greeting}\x05\x01\x00\x03\x03a\x00b\x00\x50`, /^\x05\x00\x05\x01.{8}$/s],
  "port 0": [`${greeting}\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x00`, /^\x05\x00\x05\x01.{8}$/s],
  "SOCKS4 BIND": ["\x04\x02\x00\x50\x7f\x00\x00\x01\x00", /^\x00\x5b.{6}$/s],
  "a SOCKS4 user without end": [`\x04\x01\x00\x50\x7f\x00\x00\x01${"u".repeat(5000)}`, /^\x00\x5b.{6}$/s],
  "a SOCKS4a name without end": [
    `\x04\x01\x00\x50\x00\x00\x00\x01u\x00${"n".repeat(5000)}`,
    /^\x00\x5b.{6}$/s,
  ],
};

// R19
test("malformed and oversized requests, whole and one byte a packet, get the right reply", async (t) => {
  await using pair = await Pair.start();
  for (const [name, [text, reply]] of Object.entries(cases))
    await t.test(name, async () => {
      for (const slowly of [false, true]) {
        using peer = await RawPeer.connect(pair.proxy);
        if (slowly) await peer.sendSlowly(text);
        else peer.send(text);
        const { text: said, end } = await peer.end().rest();
        assert.match(said, reply);
        assert.equal(end, "fin");
      }
    });
});

test("who falls silent anywhere in a request is closed within ten seconds", async () => {
  await using pair = await Pair.start();
  const whole = `${greeting}\x05\x01\x00\x03\x09localhost\x00\x50`;
  const starts = [
    ...Array.from({ length: whole.length - 1 }, (_, length) => whole.slice(0, length + 1)),
    "\x04\x01\x00",
    "\x04\x01\x00\x50\x7f\x00\x00\x01user",
    "G",
    "GET http://origin.test/ HTTP/1.1\r\nHost: ",
  ];
  const startedAt = performance.now();
  await Promise.all(
    starts.map(async (start) => {
      using peer = await RawPeer.connect(pair.proxy);
      const { text } = await peer.send(start).rest();
      assert.match(text, start.startsWith("G") ? /^HTTP\/1\.1 408 / : /^(\x05\x00)?$/);
    }),
  );
  assert.ok(performance.now() - startedAt < 10_000);
});

test("a request is served one byte a packet, and no bytes at all stop the daemon", async () => {
  // Some of these bytes are a request of somewhere: nothing but the origin may be dialed.
  await using pair = await Pair.start({ server: '[egress]\ndefault = "deny"\nallow = ["127.0.0.1/32"]' });
  await using origin = await startOrigin();
  const port = Number(origin.address.split(":")[1]);
  using slow = await RawPeer.connect(pair.proxy);
  await slow.sendSlowly(
    `${greeting}\x05\x01\x00\x03\x09localhost${String.fromCharCode(port >> 8, port & 255)}`,
  );
  await slow.take(/^\x05\x00\x05\x00\x00\x01.{6}/s);
  const octets = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  const beginning = fc.constantFrom("\x04", "\x05", greeting, `${greeting}\x05\x01\x00`, "\x04\x01\x00\x01");
  const property = fc.asyncProperty(beginning, octets, async (start, rest) => {
    using peer = await RawPeer.connect(pair.proxy);
    const { text } = await peer
      .send(start + rest)
      .end()
      .rest();
    if (start.startsWith("\x05")) assert.match(text, /^(\x05\xff|\x05\x00(\x05[\x01-\x08].{8})?)?$/s);
    else assert.match(text, /^(\x00\x5b.{6})?$/s);
  });
  await fc.assert(property, { numRuns: 300 });
  assert.match(await (await through("socks5", pair.proxy, origin.address)).page(), /It works/);
});
