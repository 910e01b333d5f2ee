import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import type { ErrorCode } from "@octoproxy/lib/error/codes";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import { refusalOf } from "@octoproxy/lib/tunnel/proxy-status";
import { openTunnel } from "./open-tunnel.ts";
import {
  type Answer,
  accepts,
  Fleet,
  isSilent,
  receive,
  ScriptedServer,
} from "./scripted-servers.fixture.ts";
import { OpenFailure, type OpenRequest } from "./tunnel-opening.ts";

const open = (fleet: Fleet, request: Partial<OpenRequest> = {}, signal = new AbortController().signal) =>
  openTunnel(
    fleet.backends,
    { target: "target.test:443", key: "target.test", deadlineMs: 10_000, ...request },
    signal,
  );

const refuses =
  (code: ErrorCode): Answer =>
  (tunnel) =>
    tunnel.refuse(refusalOf(new ProxyError(code), "octoproxy-server"));
const resets: Answer = (tunnel) => tunnel.accept().reset();
const breaks: Answer = (tunnel) => tunnel.connection.destroy();

const fails =
  (code: ErrorCode, backend: string | undefined, words = "") =>
  (error: unknown): boolean => {
    assert.ok(error instanceof OpenFailure, String(error));
    assert.equal(error.cause.code, code);
    assert.equal(error.backend, backend);
    assert.ok(error.message.includes(words), error.message);
    return true;
  };

// The silences are those of the protocol, so the tests wait side by side.
suite("opening a tunnel", { concurrency: true }, () => {
  test("through the first choice; bytes flow both ways; what is over is not counted any more", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    let far: TunnelStream | undefined;
    server.answer = (tunnel) => {
      far = tunnel.accept();
    };
    const tunnel = await open(fleet);
    assert.equal(tunnel.backend, "a");
    assert.deepEqual(
      tunnel.attempts.map(({ backend, code }) => [backend, code]),
      [["a", undefined]],
    );
    const arrived = receive(far!);
    tunnel.stream.write(Buffer.from("hello"));
    tunnel.stream.end();
    assert.equal(await arrived, "hello");
    assert.equal(fleet.active("a"), 1);
    tunnel.load.closed();
    assert.equal(fleet.active("a"), 0);
  });

  test("the only one breaks its connection: it is asked again over the next, but not for ever", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    server.answer = (tunnel) => (server.asked.length > 1 ? accepts(tunnel) : breaks(tunnel));
    const { backend, attempts } = await open(fleet);
    assert.equal(backend, "a");
    assert.deepEqual(
      attempts.map(({ code }) => code),
      ["BACKEND_LOST", undefined],
    );
    server.asked.length = 0;
    server.answer = breaks;
    await assert.rejects(open(fleet), fails("BACKEND_LOST", "a"));
    assert.equal(server.asked.length, 3);
  });

  test("the only one is silent, and answers over the connection that is made when it is given up", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    // Connections that exist are frozen, one that is made later is not.
    server.listener.freeze();
    const { attempts } = await open(fleet);
    assert.deepEqual(
      attempts.map(({ code }) => code),
      ["BACKEND_TIMEOUT", undefined],
    );
  });

  for (const [words, answer] of [
    ["breaks its connection", breaks],
    ["fails by its own fault", refuses("INTERNAL")],
  ] as const) {
    test(`one that ${words} is replaced, and charged`, async () => {
      const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
      using fleet = await Fleet.of(a, b);
      a.answer = answer;
      const tunnel = await open(fleet);
      assert.equal(tunnel.backend, "b");
      assert.equal(tunnel.attempts[0]!.backend, "a");
      assert.notEqual(tunnel.attempts[0]!.code, undefined);
      assert.equal(fleet.active("a"), 0);
      assert.ok(fleet.backends.get("a")!.load.costMs(performance.now())! > 900, "no charge");
    });
  }

  test("one that drains is replaced, and not charged", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    a.answer = refuses("DRAINING");
    assert.equal((await open(fleet)).backend, "b");
    assert.equal(fleet.backends.get("a")!.load.costMs(performance.now()), undefined);
  });

  test("five in a row eject a backend that is up; success in between does not", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    a.answer = refuses("INTERNAL");
    for (let count = 0; count < 4; count++) (await open(fleet)).load.closed();
    a.answer = accepts;
    assert.equal((await open(fleet)).backend, "a");
    a.answer = refuses("INTERNAL");
    for (let count = 0; count < 4; count++) (await open(fleet)).load.closed();
    assert.deepEqual(fleet.ejections, []);
    (await open(fleet)).load.closed();
    assert.deepEqual(fleet.ejections, ["a"]);
    const before = a.asked.length;
    assert.equal((await open(fleet)).backend, "b");
    assert.equal(a.asked.length, before);
  });

  test("a target's failure is final: nobody else is asked, nobody charged", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    a.answer = refuses("CONNECTION_REFUSED");
    await assert.rejects(open(fleet), fails("CONNECTION_REFUSED", "a"));
    assert.equal(b.asked.length, 0);
    assert.equal(fleet.active("a"), 0);
    assert.equal(fleet.backends.get("a")!.load.costMs(performance.now()), undefined);
  });

  test("one that falls silent is pinged, left and connected anew; its tunnels are not touched", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    const before = await open(fleet);
    a.listener.freeze();
    a.door = "hangs";
    const waiting = [open(fleet), open(fleet), open(fleet)];
    for (const tunnel of await Promise.all(waiting)) {
      assert.equal(tunnel.backend, "b");
      assert.deepEqual(
        tunnel.attempts.map(({ code }) => code),
        ["BACKEND_TIMEOUT", undefined],
      );
      assert.ok(tunnel.attempts[0]!.ms >= 1990, `${tunnel.attempts[0]!.ms}`);
    }
    assert.equal(fleet.status("a"), "closed");
    assert.equal((await open(fleet)).backend, "b");
    a.door = "open";
    a.listener.thaw();
    const arrived = receive(a.asked[0] === undefined ? assert.fail() : before.stream);
    fleet.backends.reset("a");
    await fleet.until(() => fleet.status("a") === "normal");
    assert.equal((await open(fleet)).backend, "a");
    before.stream.reset();
    void arrived.catch(() => undefined);
  });

  test("a slow target gets a second way beside the first after 3 s; who loses is reset and charged", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    a.answer = isSilent;
    const tunnel = await open(fleet);
    assert.equal(tunnel.backend, "b");
    assert.ok(tunnel.attempts[0]!.ms >= 2990);
    assert.equal(fleet.status("a"), "normal");
    if (!a.asked[0]!.cancelled.aborted) await once(a.asked[0]!.cancelled, "abort");
    assert.equal(fleet.active("a"), 0);
    assert.ok(fleet.backends.get("a")!.load.costMs(performance.now())! >= 2900);
  });

  test("of two ways the first positive answer wins, also the first one's; nobody is charged then", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    using fleet = await Fleet.of(a, b);
    a.answer = isSilent;
    b.answer = () => void a.asked[0]!.accept();
    const tunnel = await open(fleet);
    assert.equal(tunnel.backend, "a");
    if (!b.asked[0]!.cancelled.aborted) await once(b.asked[0]!.cancelled, "abort");
    assert.equal(fleet.active("b"), 0);
    assert.equal(fleet.backends.get("b")!.load.costMs(performance.now()), undefined);
  });

  test("an application that goes away leaves nothing behind", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    server.answer = isSilent;
    const controller = new AbortController();
    const opening = open(fleet, {}, controller.signal);
    await server.until(() => server.asked.length === 1);
    controller.abort(new ProxyError("ABORTED"));
    await assert.rejects(opening, (error) => error === controller.signal.reason);
    if (!server.asked[0]!.cancelled.aborted) await once(server.asked[0]!.cancelled, "abort");
    assert.equal(fleet.active("a"), 0);
    assert.equal(fleet.backends.get("a")!.connection!.openStreams, 0);
    await assert.rejects(open(fleet, {}, AbortSignal.abort(new Error("before"))), /before/);
  });

  test("the deadline ends all attempts", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    server.answer = isSilent;
    await assert.rejects(open(fleet, { deadlineMs: 1500 }), fails("CONNECTION_TIMEOUT", "a"));
    if (!server.asked[0]!.cancelled.aborted) await once(server.asked[0]!.cancelled, "abort");
    assert.equal(fleet.active("a"), 0);
  });

  test("where all refuse the answer says so at once, backend by backend", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    a.door = "refuses";
    b.door = "refuses";
    using fleet = await Fleet.of(a, b);
    await assert.rejects(open(fleet), fails("NO_BACKEND", undefined, "a refuses"));
    a.door = "open";
    assert.equal((await open(fleet)).backend, "a");
  });

  test("where all hang it takes 2.5 s, and a request that waits is served by the first that comes up", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    a.door = "hangs";
    b.door = "hangs";
    using fleet = await Fleet.of(a, b);
    const startedAt = performance.now();
    await assert.rejects(open(fleet), fails("NO_BACKEND", undefined, "b: not connected yet"));
    assert.ok(performance.now() - startedAt >= 2490);
    const opening = open(fleet);
    b.door = "open";
    fleet.backends.reset("b");
    assert.equal((await opening).backend, "b");
  });

  test("the only backend of a rule is never replaced", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    b.door = "refuses";
    using fleet = await Fleet.of(a, b);
    await assert.rejects(open(fleet, { only: "b" }), fails("NO_BACKEND", undefined, "b refuses"));
    assert.equal(a.asked.length, 0);
    assert.equal((await open(fleet, { only: "a" })).backend, "a");
    assert.equal((await open(fleet, { first: "b" })).backend, "a");
  });

  test("a stream limit: as many connections as it takes, for a burst too", async () => {
    const server = new ScriptedServer("a");
    server.streamLimit = 2;
    using fleet = await Fleet.of(server);
    const tunnels = await Promise.all(Array.from({ length: 9 }, () => open(fleet)));
    assert.equal(tunnels.length, 9);
    assert.equal(server.connections.length, 5);
    assert.ok(server.connections.every(({ openStreams }) => openStreams <= 2));
    tunnels[0]!.stream.reset();
    await open(fleet);
    assert.equal(server.connections.length, 5);
  });

  test("a server that allows no tunnels at all is not connected to for ever", async () => {
    const [a, b] = [new ScriptedServer("a"), new ScriptedServer("b")];
    a.streamLimit = 0;
    using fleet = await Fleet.of(a, b);
    assert.equal((await open(fleet)).backend, "b");
    assert.ok(a.connections.length <= 2, `${a.connections.length}`);
  });

  test("a reset before the reply is the backend's failure, one after it the tunnel's", async () => {
    const server = new ScriptedServer("a");
    using fleet = await Fleet.of(server);
    server.answer = resets;
    const tunnel = await open(fleet);
    await assert.rejects(
      receive(tunnel.stream),
      (error) => error instanceof ProxyError && error.code === "RESET",
    );
  });
});
