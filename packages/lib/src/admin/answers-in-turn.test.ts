import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startAdminServer } from "./admin-server.ts";
import { AnswersInTurn } from "./answers-in-turn.ts";
import { FakeSource } from "./fake-source.fixture.ts";

test("some may wait on a connection, not more; each connection by itself", () => {
  const turns = new AnswersInTurn();
  const one = {};
  assert.deepEqual(
    Array.from({ length: 5 }, () => turns.enter(one)),
    [true, true, true, true, false],
  );
  assert.ok(turns.enter({}));
  turns.leave(one);
  turns.leave(one);
  assert.ok(turns.enter(one));
});

test("hundreds of requests in one breath end the connection; three are answered, and as many again", async () => {
  const options = { address: { host: "127.0.0.1", port: 0 }, token: undefined, role: "client" } as const;
  const source = new FakeSource();
  let rendered = 0;
  source.metrics = async () => {
    rendered++;
    return "";
  };
  const admin = await startAdminServer(source, { ...options, failed: (error) => assert.fail(String(error)) });
  const [host = "", port] = admin.address.split(":");
  const ask = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  try {
    const polite = connect({ host, port: Number(port) });
    for (let round = 0; round < 3; round++) {
      let text = "";
      polite.write(ask.repeat(3));
      while (text.split("HTTP/1.1 200 OK").length < 4) {
        text += String((await once(polite, "data", { signal: AbortSignal.timeout(10_000) }))[0]);
      }
    }
    polite.destroy();
    assert.equal(rendered, 9);
    const rude = connect({ host, port: Number(port) }).on("error", () => undefined);
    const closed = once(rude.resume(), "close", { signal: AbortSignal.timeout(10_000) });
    rude.write(ask.repeat(500));
    await closed;
    assert.ok(rendered <= 9 + 4, `${rendered}`);
  } finally {
    await admin.close();
  }
});
