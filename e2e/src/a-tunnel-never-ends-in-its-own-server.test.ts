import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

// R28, R29: a client's certificate opens tunnels, not the server's admin API, which on loopback asks for no token.
test("neither the server's listener nor its admin API is a target, in no notation", async () => {
  await using pair = await Pair.start({ server: 'metric_address = "127.0.0.1:0"' });
  const admin = await pair.server.listening("admin");
  for (const address of [pair.serverAddress, admin]) {
    const port = address.slice(address.lastIndexOf(":") + 1);
    for (const host of [
      "127.0.0.1",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[64:ff9b::7f00:1]",
      "0x7f.1",
      "2130706433",
    ]) {
      const { status, head, socket } = await connectThrough(pair.proxy, `${host}:${port}`);
      socket.destroy();
      assert.equal(status, 403, `${host}:${port}: ${head}`);
      assert.match(head, /error=destination_ip_prohibited/);
    }
  }
});

test("an allow entry opens the admin API to tunnels", async () => {
  await using pair = await Pair.start({
    server: 'metric_address = "127.0.0.1:0"\n[egress]\nallow = ["127.0.0.1"]',
  });
  const { status, socket } = await connectThrough(pair.proxy, await pair.server.listening("admin"));
  socket.destroy();
  assert.equal(status, 200);
});
