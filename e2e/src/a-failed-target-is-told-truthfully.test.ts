import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { fillBacklog } from "./harness/full-backlog.ts";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

// R01
for (const transport of transports) {
  test(`${transport}: each failure has its own status, Proxy-Status and sentence, and none is a 200`, async (t) => {
    await using pair = await Pair.start({
      transport,
      server: "connect_timeout = 1\n[egress]\ndeny = ['127.0.0.66']",
    });
    await using silent = await fillBacklog();
    const cases = [
      { target: `127.0.0.1:${await freePort()}`, status: 502, error: "connection_refused" },
      { target: silent.address, status: 504, error: "connection_timeout" },
      { target: "no-such-name.invalid:80", status: 502, error: "dns_error" },
      { target: "127.0.0.66:80", status: 403, error: "destination_ip_prohibited" },
      { target: "169.254.169.254:80", status: 403, error: "destination_ip_prohibited" },
      { target: pair.serverAddress, status: 403, error: "destination_ip_prohibited" },
    ];
    for (const { target, status, error } of cases) {
      await t.test(`${target}: ${status} ${error}`, async () => {
        const answer = await connectThrough(pair.proxy, target);
        const body = (await readAll(answer.socket)).toString();
        assert.equal(answer.status, status, answer.head);
        assert.match(answer.head, new RegExp(`Proxy-Status: octoproxy-server; error=${error}`, "i"));
        assert.match(answer.head, /octoproxy-client; next-hop=local; received-status=/i);
        assert.match(body, new RegExp(target.split(":")[0]?.replaceAll(".", "\\.") ?? ""));
        assert.equal(body.trim().split("\n").length, 1);
      });
    }
  });
}

for (const transport of transports) {
  test(`${transport}: bytes that come in the same segment as the request reach the target once`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    const [answer, socket] = await Promise.all([
      connectThrough(pair.proxy, target.address, "early bytes"),
      target.next(),
    ]);
    assert.equal(answer.status, 200);
    answer.socket.end(" and late ones");
    assert.equal((await readAll(socket)).toString(), "early bytes and late ones");
    socket.end();
    await readAll(answer.socket);
  });
}
