import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

const megabyte = randomBytes(1 << 20);
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

// R02
for (const transport of transports) {
  test(`${transport}: a megabyte comes back after the application has said its last word`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    const [{ socket: application }, there] = await Promise.all([
      connectThrough(pair.proxy, target.address),
      target.next(),
    ]);
    application.end("question");
    assert.equal((await readAll(there)).toString(), "question");
    there.end(megabyte);
    assert.equal(digest(await readAll(application)), digest(megabyte));
  });
}

for (const transport of transports) {
  test(`${transport}: a megabyte goes up after the target has said its last word`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    const [{ socket: application }, there] = await Promise.all([
      connectThrough(pair.proxy, target.address),
      target.next(),
    ]);
    there.end("greeting");
    assert.equal((await readAll(application)).toString(), "greeting");
    application.end(megabyte);
    assert.equal(digest(await readAll(there)), digest(megabyte));
  });
}
