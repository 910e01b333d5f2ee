// R02
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { page, startOrigin } from "./harness/origin.ts";
import { Pair, transports } from "./harness/pair.ts";
import { readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";
import { type Door, through } from "./harness/through.ts";

const megabyte = randomBytes(1 << 20);
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const doors = ["connect", "socks5", "socks4a"] as const satisfies readonly Door[];

/** Something else goes through the same connection meanwhile. */
const pause = async (pair: Pair): Promise<void> => {
  await using origin = await startOrigin();
  for (let round = 0; round < 5; round++)
    assert.ok((await (await through("connect", pair.proxy, origin.address)).page()).endsWith(page));
};

for (const transport of transports) {
  test(`${transport}: FIN, a pause, a megabyte the other way, FIN: in both directions, by CONNECT and SOCKS`, async (t) => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    for (const door of doors) {
      await t.test(`${door}: the application ends first`, async () => {
        const [{ peer: application }, there] = await Promise.all([
          through(door, pair.proxy, target.address),
          target.next(),
        ]);
        application.send("question").end();
        assert.equal((await readAll(there)).toString(), "question");
        await pause(pair);
        there.end(megabyte);
        const { text, end } = await application.rest();
        assert.equal(digest(Buffer.from(text, "latin1")), digest(megabyte));
        assert.equal(end, "fin");
      });

      await t.test(`${door}: the target ends first`, async () => {
        const [{ peer: application }, there] = await Promise.all([
          through(door, pair.proxy, target.address),
          target.next(),
        ]);
        there.end("greeting");
        assert.deepEqual(await application.rest(), { text: "greeting", end: "fin" });
        await pause(pair);
        application.socket.end(megabyte);
        assert.equal(digest(await readAll(there)), digest(megabyte));
      });
    }
  });
}
