import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const rules = (target: EchoTarget): string => `
["blocked.example"]
block = true
["*.corp.example"]
backend = "two"
rewrite = "127.0.0.1"
["down.example"]
backend = "away"
["~^re(written|placed)\\\\.example$"]
rewrite = "${target.address}"
["127.9.0.0/16"]
direct = true
`;

suite("host rules", () => {
  let fleet: Fleet;
  let target: EchoTarget;
  before(async () => {
    target = await EchoTarget.start("0.0.0.0");
    fleet = await Fleet.start({
      names: ["one", "two", "away"],
      away: ["away"],
      client: 'balance = "first"\nhost_rule = "rules.toml"',
      rules: rules(target),
    });
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  /** Asks, and finds the line that the log has about it. */
  const ask = async (authority: string) => {
    const since = fleet.client.lines.length;
    const { status, head, socket } = await connectThrough(fleet.proxy, authority);
    socket.destroy();
    const line = await fleet.client.line(({ msg }) => msg === "tunnel", "access log", since);
    return { status, head, backend: line.backend, rule: line.rule };
  };

  test("no rule: the balancer's choice", async () => {
    assert.equal((await ask(target.address)).backend, "one");
  });

  test("block: 403, and no backend is asked", async () => {
    for (const host of ["blocked.example", "BLOCKED.Example."]) {
      const { status, head, backend } = await ask(`${host}:443`);
      assert.equal(status, 403, head);
      assert.match(head, /error=http_request_denied/);
      assert.equal(backend, undefined);
    }
  });

  test("backend: that one and no other, for every subdomain", async () => {
    for (const host of ["a.corp.example", "b.a.corp.example"]) {
      const { status, head, backend, rule } = await ask(`${host}:${target.port}`);
      assert.equal(status, 200, head);
      assert.equal(backend, "two");
      assert.equal(rule, "*.corp.example");
    }
  });

  test("rewrite: another host, and another port where it names one", async () => {
    for (const host of ["rewritten.example:80", "replaced.example:81"]) {
      const { status, head, backend } = await ask(host);
      assert.equal(status, 200, head);
      assert.equal(backend, "one");
    }
    assert.notEqual((await ask("xrewritten.example:80")).status, 200);
  });

  test("direct: dialed from the client itself, whatever becomes of the servers", async () => {
    const { status, backend } = await ask(`127.9.1.1:${target.port}`);
    assert.equal(status, 200);
    assert.equal(backend, "direct");
    const refused = await ask("127.9.1.1:1");
    assert.equal(refused.status, 502);
    assert.match(refused.head, /error=connection_refused/);
  });

  test("a named backend that is down: 503 with its reason, never another one", async () => {
    const { status, head, backend } = await ask(`down.example:${target.port}`);
    assert.equal(status, 503, head);
    assert.match(head, /no backend is up \(away: .*refused the connection/);
    assert.equal(backend, undefined);
    assert.equal((await ask(target.address)).backend, "one");
  });
});
