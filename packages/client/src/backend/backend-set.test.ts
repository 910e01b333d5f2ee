import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import { openTunnel } from "./open-tunnel.ts";
import { Fleet, isSilent, receive, ScriptedServer } from "./scripted-servers.fixture.ts";

const nobody: ReadonlySet<string> = new Set();
const never = new AbortController().signal;

const open = (fleet: Fleet, only?: string) =>
  openTunnel(
    fleet.backends,
    { target: "target.test:443", key: "target.test", only, deadlineMs: 10_000 },
    never,
  );

suite("the set of backends", { concurrency: true }, () => {
  test("picks among those that are up, in the order of the file, and comes back to an earlier one", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    assert.equal(fleet.backends.pick("x", nobody), "a");
    assert.equal(fleet.backends.pick("x", new Set(["a"])), "b");
    a.die();
    await fleet.until(() => fleet.status("a") === "closed");
    assert.equal(fleet.backends.pick("x", nobody), "b");
    a.door = "open";
    await fleet.until(() => fleet.status("a") === "normal");
    assert.equal(fleet.backends.pick("x", nobody), "a");
    assert.deepEqual(
      [...fleet.backends.all].map(({ name }) => name),
      ["a", "b"],
    );
  });

  test("a reload keeps what did not change, replaces what did, and lets what is gone finish", async () => {
    const [a, b, c] = [new ScriptedServer("a"), new ScriptedServer("b"), new ScriptedServer("c")];
    using fleet = await Fleet.of(a, b);
    const far: TunnelStream[] = [];
    for (const server of [a, b]) server.answer = (tunnel) => void far.push(tunnel.accept());
    const tunnels = [await open(fleet, "a"), await open(fleet, "b")];
    const [keptA, oldB] = [fleet.backends.get("a"), fleet.backends.get("b")];
    fleet.backends.apply("first", [c.plan(), a.plan()]);
    await fleet.until(() => fleet.status("c") === "normal");
    assert.equal(fleet.backends.get("a"), keptA);
    assert.equal(fleet.backends.get("b"), undefined);
    assert.equal(oldB!.ready, undefined);
    assert.equal(a.attempts, 1);
    assert.equal(fleet.backends.pick("x", nobody), "c");
    fleet.backends.apply("first", [c.plan(), a.plan({}, "another key")]);
    await fleet.until(() => fleet.status("a") === "normal");
    assert.notEqual(fleet.backends.get("a"), keptA);
    assert.equal(a.attempts, 2);
    assert.equal(c.attempts, 1);
    for (const [index, tunnel] of tunnels.entries()) {
      const arrived = receive(tunnel.stream);
      far[index]!.write(Buffer.from("still here"));
      far[index]!.end();
      assert.equal(await arrived, "still here");
      tunnel.stream.end();
    }
  });

  test("a request that waits for a connection while a reload replaces its backend is served by the new one", async () => {
    const a = new ScriptedServer("a");
    a.streamLimit = 1;
    using fleet = await Fleet.of(a);
    await open(fleet); // full
    a.door = "hangs";
    const opening = open(fleet);
    await a.until(() => a.attempts === 2);
    a.door = "open";
    fleet.backends.apply("first", [a.plan({}, "another key")]);
    assert.equal((await opening).backend, "a");
  });

  test("a reload changes the algorithm and forgets the load of who is gone", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    fleet.backends.apply("round_robin", [a.plan(), b.plan({ weight: 3 })]);
    assert.equal(b.attempts, 1);
    assert.equal(fleet.status("b"), "normal");
    const picks = Array.from({ length: 8 }, () => fleet.backends.pick("x", nobody));
    assert.equal(picks.filter((name) => name === "b").length, 6, String(picks));
    assert.equal(fleet.backends.explain("x").algorithm, "round_robin");
  });

  test("one whose ping is due is avoided by the algorithms that can, until no request doubts it any more", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    fleet.backends.apply("least_connections", [a.plan(), b.plan()]);
    const backend = fleet.backends.get("a")!;
    const [first, second] = [fleet.backends.doubt(backend), fleet.backends.doubt(backend)];
    const picked = (): Set<string | undefined> =>
      new Set(Array.from({ length: 100 }, () => fleet.backends.pick("x", nobody)));
    assert.deepEqual(picked(), new Set(["b"]));
    first();
    assert.deepEqual(picked(), new Set(["b"]));
    second();
    assert.equal(picked().size, 2); // equals are drawn for
  });

  test("close waits for the tunnels of all, those of removed ones too; destroy ends them", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    const gone = await open(fleet, "b");
    fleet.backends.apply("first", [a.plan()]);
    let closed = false;
    const closing = fleet.backends.close(never).then(() => {
      closed = true;
    });
    await a.listener.close();
    assert.equal(closed, false);
    gone.stream.reset();
    await closing;

    using another = await Fleet.of(new ScriptedServer("a"), b);
    const cut = await open(another, "b");
    const ended = receive(cut.stream);
    another.backends.apply("first", [a.plan()]);
    another.backends.destroy();
    await assert.rejects(ended, { code: "ABORTED" });
  });

  test("a thousand slow targets ask their connection for one sign of life at a time", async () => {
    const a = new ScriptedServer("a");
    using fleet = await Fleet.of(a);
    a.answer = isSilent;
    let pings = 0;
    let atOnce = 0;
    let most = 0;
    const connection = fleet.backends.get("a")!.connection!;
    const ping = connection.ping.bind(connection);
    connection.ping = async (signal) => {
      pings++;
      most = Math.max(most, ++atOnce);
      try {
        return await ping(signal);
      } finally {
        atOnce--;
      }
    };
    const opening = Array.from({ length: 1000 }, () =>
      openTunnel(fleet.backends, { target: "t:1", key: "t", deadlineMs: 2500 }, never).catch(() => undefined),
    );
    await Promise.all(opening);
    assert.ok(pings >= 1);
    assert.equal(most, 1);
    assert.equal(fleet.status("a"), "normal");
    assert.equal(fleet.active("a"), 0);
  });
});
