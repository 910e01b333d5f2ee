import assert from "node:assert/strict";
import { test } from "node:test";
import { startOrigin } from "./harness/origin.ts";
import { Pair } from "./harness/pair.ts";
import { doors, through } from "./harness/through.ts";

const refused = {
  blocked: { socks5: 2, socks4: 91, socks4a: 91, connect: 403, forward: 403 },
  gone: { socks5: 1, socks4: 91, socks4a: 91, connect: 503, forward: 503 },
} as const;

test("block, rewrite, direct and a named backend hold at every door, by the URI where there is one", async (t) => {
  await using origin = await startOrigin();
  const rules = `
["blocked.test"]
block = true
["moved.test"]
rewrite = "${origin.address}"
["*.direct.test:81"]
direct = true
rewrite = "${origin.address}"
["there.test"]
backend = "local"
rewrite = "${origin.address}"
["gone.test"]
backend = "gone"
`;
  const gone = `host_rule = "rules.toml"
[backends.gone]
address = "127.0.0.1:1"
status = "force_closed"
cacert = "certs/ca.crt"
client_cert = "certs/client/client.crt"
client_key = "certs/client/client.key"
`;
  await using pair = await Pair.start({ rules, client: gone });
  const logged = (door: string, target: string) =>
    pair.client.line(
      (line) => line.msg === "tunnel" && line.door === door && line.target === target,
      `${door} ${target}`,
    );
  for (const door of doors) {
    await t.test(door, async () => {
      for (const [word, said] of Object.entries(refused)) {
        const answer = await through(door, pair.proxy, `${word}.test:80`);
        assert.equal(answer.said, said[door], word);
        assert.equal((await answer.peer.end().rest()).end, "fin");
      }
      const asServer = pair.server.lines.length;
      const direct = await through(door, pair.proxy, "a.direct.test:81");
      assert.match(await direct.page(), /It works/);
      assert.equal(pair.server.lines.length, asServer, "no backend sees what is dialed directly");
      for (const host of ["moved.test:80", "there.test:80"])
        assert.match(await (await through(door, pair.proxy, host)).page(), /It works/, host);
    });
  }
  for (const door of ["connect", "forward", "socks5", "socks4"]) {
    assert.equal((await logged(door, "there.test:80")).backend, "local");
    assert.equal((await logged(door, "a.direct.test:81")).backend, "direct");
  }
});
