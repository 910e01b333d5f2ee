import assert from "node:assert/strict";
import { test } from "node:test";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { backendTable, Pair, startClient } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";
import { through } from "./harness/through.ts";

// R29
onEachTransport(
  "a proxy loop by absolute form is a 502 that says so, in fewer than ten streams",
  {},
  async (pair) => {
    const { said, peer } = await through("forward", pair.proxy, pair.proxy);
    const { text } = await peer.end().rest();
    assert.equal(said, 502);
    assert.match(peer.all, /^Proxy-Status: .*error=proxy_loop_detected/m);
    assert.match(text, /: the request came back to the proxy that sent it\.\n$/);
    pair.client.kill("SIGTERM");
    assert.equal(await pair.client.exit(), 0);
    const streams = pair.server.lines.filter(({ msg }) => msg === "tunnel").length;
    assert.ok(streams > 0 && streams < 10, `${streams} streams`);
  },
);

onEachTransport("the server's own listener is no target", {}, async (pair) => {
  for (const target of [pair.serverAddress, `localhost:${pair.serverAddress.split(":")[1]}`]) {
    for (const door of ["connect", "forward"] as const)
      assert.equal((await through(door, pair.proxy, target)).said, 403, `${target} by ${door}`);
    assert.equal((await through("socks5", pair.proxy, target)).said, 2, target);
  }
});

test("a loop of two clients ends too, and one behind another is no loop", async () => {
  await using pair = await Pair.start();
  const second = await startClient(pair.folder, backendTable("local", pair.serverAddress), "second");
  await using _ = second.process;
  await second.process.line((line) => line.msg === "backend" && line.status === "normal", "backend up");
  using peer = await RawPeer.connect(pair.proxy);
  peer.send(`GET http://${second.proxy}/ HTTP/1.1\r\nHost: h\r\n\r\n`);
  // The second sees a path alone: to it that is no request of a proxy's user, and no loop either.
  assert.match(await peer.take(/\r\n\r\n.*\n/), /^HTTP\/1\.1 400 /);
});
