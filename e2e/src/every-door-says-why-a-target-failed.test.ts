import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { fillBacklog } from "./harness/full-backlog.ts";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { startOrigin } from "./harness/origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";
import { type Door, doors, through } from "./harness/through.ts";

const policy = { server: "connect_timeout = 1\n[egress]\ndeny = ['127.0.0.66']" };

// R01
onEachTransport(
  "SOCKS5 replies 5, 4, 4 and 2, SOCKS4 91, HTTP 502, 504, 502 and 403",
  { pair: policy },
  async (pair, t) => {
    await using silent = await fillBacklog();
    const cases = [
      { target: `127.0.0.1:${await freePort()}`, socks: 5, status: 502 },
      { target: silent.address, socks: 4, status: 504 },
      { target: "no-such-name.invalid:80", socks: 4, status: 502 },
      { target: "127.0.0.66:80", socks: 2, status: 403 },
      { target: "[fe80::1]:80", socks: 2, status: 403 },
    ];
    for (const { target, socks, status } of cases)
      await t.test(target, async () => {
        await Promise.all(
          doors.map(async (door) => {
            if (door === "socks4" && target.startsWith("[")) return; // it has no words for it
            const { said, peer } = await through(door, pair.proxy, target);
            using _ = peer;
            const expected = { socks5: socks, socks4: 91, socks4a: 91, connect: status, forward: status };
            assert.equal(said, expected[door], door);
            assert.equal((await peer.end().rest()).end, "fin", door);
          }),
        );
      });
  },
);

onEachTransport("what is granted is connected, through every door", {}, async (pair) => {
  await using origin = await startOrigin();
  const granted = { socks5: 0, socks4: 90, socks4a: 90, connect: 200, forward: 200 } as const;
  for (const door of doors) {
    const { said, page } = await through(door, pair.proxy, origin.address);
    assert.equal(said, granted[door], door);
    assert.match(await page(), /^HTTP\/1\.1 200 OK\r\n.*<p>It works\.<\/p>\n *$/s);
  }
});

test("allow_from holds at every door, is told in its words, and is reloaded", async () => {
  await using pair = await Pair.start({ client: 'allow_from = ["127.0.0.2/32", "192.0.2.0/24"]' });
  await using origin = await startOrigin();
  const refused: Record<Door, number> = { socks5: 2, socks4: 91, socks4a: 91, connect: 403, forward: 403 };
  for (const door of doors) {
    const outside = await through(door, pair.proxy, origin.address);
    assert.equal(outside.said, refused[door], door);
    assert.equal((await outside.peer.end().rest()).end, "fin");
    const inside = await through(door, pair.proxy, origin.address, "127.0.0.2");
    assert.match(await inside.page(), /It works/, door);
  }
  const file = pair.folder.file("client.toml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace('"127.0.0.2/32"', '"127.0.0.1/32"'));
  pair.client.kill("SIGHUP");
  await pair.client.line(({ msg }) => msg === "reloaded", "reloaded");
  assert.match(await (await through("connect", pair.proxy, origin.address)).page(), /It works/);
  assert.equal((await through("connect", pair.proxy, origin.address, "127.0.0.2")).said, 403);
  assert.equal(
    pair.server.lines.filter(({ msg, level }) => msg === "tunnel" && level === "info").length <=
      doors.length + 1,
    true,
  );
});

test("BIND and UDP ASSOCIATE are refused with reply 7", async () => {
  await using pair = await Pair.start();
  for (const command of ["\x02", "\x03"]) {
    using peer = await RawPeer.connect(pair.proxy);
    peer.send("\x05\x01\x00");
    assert.equal(await peer.take(/^\x05\x00/), "\x05\x00");
    peer.send(`\x05${command}\x00\x01\x7f\x00\x00\x01\x00\x50`);
    const { text, end } = await peer.end().rest();
    assert.deepEqual([text.slice(0, 2), end], ["\x05\x07", "fin"]);
  }
});
