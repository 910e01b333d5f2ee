import assert from "node:assert/strict";
import { test } from "node:test";
import { Pair } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

// R16
test("what is not host:port gets 400 and opens nothing; literals and names pass", async () => {
  await using pair = await Pair.start();
  await using target = await TcpTarget.start();
  for (const authority of ["h", "h:0", "h:99999", "::1:443", "u:p@h:443", ":443", "/x", "http://h:80/"]) {
    const answer = await connectThrough(pair.proxy, authority);
    assert.equal(answer.status, 400, `${authority}: ${answer.head}`);
    await readAll(answer.socket);
  }
  assert.equal(pair.server.lines.filter((line) => line.msg === "tunnel").length, 0);
  const port = target.address.split(":")[1];
  const named = await connectThrough(pair.proxy, `localhost:${port}`);
  assert.equal(named.status, 200);
  named.socket.destroy();
  const literal = await connectThrough(pair.proxy, "[::1]:1");
  assert.equal(literal.status, 502, literal.head);
});
