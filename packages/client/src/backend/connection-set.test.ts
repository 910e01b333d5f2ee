import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection, ProtocolName } from "@octoproxy/lib/transport/transport";
import { type Connect, ConnectionSet } from "./connection-set.ts";
import { ScriptedServer } from "./scripted-servers.fixture.ts";

const never = new AbortController().signal;

const setOf = (connect: Connect, timeoutMs = 10_000) => {
  const told: string[] = [];
  const connections = new ConnectionSet(connect, timeoutMs, {
    attempt: () => told.push("attempt"),
    opened: () => told.push("opened"),
    failed: ({ code }) => told.push(`failed: ${code}`),
    abandoned: () => told.push("abandoned"),
    draining: () => told.push("draining"),
    closed: (error) => told.push(`closed: ${error?.code}`),
  });
  return { connections, told };
};

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

suite("the connections to one server", () => {
  test("one attempt for all who ask at once, another for who asks later", async () => {
    const server = new ScriptedServer("a");
    const { connections, told } = setOf(server.connect);
    const [one, same] = await Promise.all([connections.connect(), connections.connect()]);
    assert.equal(one, same);
    assert.deepEqual(told, ["attempt", "opened"]);
    assert.equal(connections.ready, one);
    const second = await connections.connect();
    assert.notEqual(second, one);
    assert.equal(connections.usable, 2);
    assert.equal(connections.newest, second);
    assert.equal(connections.ready, one);
    connections.destroy();
    await turns();
    assert.equal(connections.usable, 0);
    assert.equal(connections.newest, undefined);
  });

  test("a full connection counts and takes nothing; one that drains does neither, and that is told", async () => {
    const server = new ScriptedServer("a");
    server.streamLimit = 1;
    const { connections, told } = setOf(server.connect);
    const full = await connections.connect();
    const tunnel = await full.open("target.test:1", never);
    assert.equal(connections.ready, undefined);
    assert.equal(connections.usable, 1);
    void server.connections[0]!.close();
    await full.drainBegun;
    assert.equal(connections.usable, 0);
    await turns();
    assert.deepEqual(told, ["attempt", "opened", "draining"]);
    tunnel.reset();
    assert.equal(await full.closed, undefined);
    await turns();
    assert.equal(told.at(-1), "closed: undefined");
  });

  test("a shunned connection takes nothing more, keeps its tunnels and ends with them", async () => {
    const server = new ScriptedServer("a");
    const { connections } = setOf(server.connect);
    const connection = await connections.connect();
    const tunnel = await connection.open("target.test:1", never);
    connections.shun(connection);
    assert.equal(connections.ready, undefined);
    assert.equal(connection.openStreams, 1);
    tunnel.reset();
    assert.equal(await connection.closed, undefined);
  });

  test("an attempt that fails says why, one that takes too long as well", async () => {
    const server = new ScriptedServer("a");
    server.door = "refuses";
    const { connections, told } = setOf(server.connect, 20);
    await assert.rejects(connections.connect(), { code: "BACKEND_UNREACHABLE" });
    server.door = "hangs";
    await assert.rejects(connections.connect(), { code: "BACKEND_TIMEOUT" });
    assert.deepEqual(told, ["attempt", "failed: BACKEND_UNREACHABLE", "attempt", "failed: BACKEND_TIMEOUT"]);
  });

  test("to retire ends an attempt without blame; the next one does not wait for it", async () => {
    const server = new ScriptedServer("a");
    server.door = "hangs";
    const { connections, told } = setOf(server.connect);
    const ended = assert.rejects(connections.connect(), { code: "BACKEND_DRAINING" });
    await connections.retire();
    server.door = "open";
    await connections.connect();
    await ended;
    assert.deepEqual(told, ["attempt", "abandoned", "attempt", "opened"]);
    assert.equal(connections.usable, 1);
    connections.destroy();
  });

  test("a connection that comes although its attempt was ended is not kept", async () => {
    const server = new ScriptedServer("a");
    const late = Promise.withResolvers<ClientConnection>();
    const { connections, told } = setOf(() => late.promise);
    const ended = assert.rejects(connections.connect(), { code: "BACKEND_DRAINING" });
    await connections.retire();
    const connection = await server.connect(never);
    late.resolve(connection);
    await ended;
    assert.equal((await connection.closed)?.code, "ABORTED");
    assert.equal(connections.usable, 0);
    assert.deepEqual(told, ["attempt", "abandoned"]);
  });

  test("a connection of another protocol takes over: the earlier ones finish", async () => {
    const server = new ScriptedServer("a");
    const { connections } = setOf(server.connect);
    const before = await connections.connect();
    const tunnel = await before.open("target.test:1", never);
    const other = Object.defineProperty(await server.connect(never), "protocol", {
      value: "quic" satisfies ProtocolName,
    });
    connections.adopt(other);
    assert.equal(connections.ready, other);
    assert.equal(connections.usable, 1);
    assert.equal(before.openStreams, 1);
    tunnel.reset();
    assert.equal(await before.closed, undefined);
    connections.destroy();
  });

  test("aborting a retirement cuts what is left", async () => {
    const server = new ScriptedServer("a");
    const { connections } = setOf(server.connect);
    const connection = await connections.connect();
    await connection.open("target.test:1", never);
    await server.until(() => server.asked.length === 1);
    const cut = new AbortController();
    const retired = connections.retire(cut.signal);
    cut.abort(new ProxyError("ABORTED"));
    await retired;
    assert.equal(connection.openStreams, 0);
    const far = server.connections[0]!;
    if (far.openStreams > 0) await Promise.race([far.closed, once(server.asked[0]!.cancelled, "abort")]);
  });
});
