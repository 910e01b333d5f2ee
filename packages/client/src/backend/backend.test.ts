import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { BackendLoad } from "@octoproxy/lib/balance/backend-load";
import { Backend } from "./backend.ts";
import type { BackendSettings } from "./backend-face.ts";
import { ScriptedServer } from "./scripted-servers.fixture.ts";

/** One backend, and every event that was told of it. */
class Watched implements Disposable {
  readonly backend: Backend;
  readonly told: string[] = [];
  #waiting = new Set<() => void>();

  constructor(server: ScriptedServer, settings: Partial<BackendSettings> = {}) {
    const plan = server.plan(settings);
    const tell = (word: string): void => {
      this.told.push(word);
      for (const look of [...this.#waiting]) look();
    };
    this.backend = new Backend(plan.settings, new BackendLoad(), plan.newConnector(), {
      changed: ({ event, to }) => tell(`${event}: ${to}`),
      attemptFailed: () => tell("attempt failed"),
      moved: () => undefined,
      expelled: () => undefined,
    });
  }

  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!fits()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  toldOf(word: string): Promise<void> {
    return this.until(() => this.told.includes(word));
  }

  count(word: string): number {
    return this.told.filter((one) => one === word).length;
  }

  [Symbol.dispose](): void {
    this.backend.destroy();
  }
}

const connected = "connected: normal";
const lost = "lost: closed";

suite("a backend", { concurrency: true }, () => {
  test("is connected ahead of need, lost with its connection, and connected anew by itself", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    const { backend } = watched;
    assert.equal(backend.state.status, "unknown");
    backend.start();
    await watched.toldOf(connected);
    assert.equal(backend.ready, backend.connection);
    server.listener.cut();
    await watched.toldOf(lost);
    assert.equal(backend.state.code, "BACKEND_LOST");
    assert.equal(backend.ready, undefined);
    await watched.until(() => watched.count(connected) === 2);
  });

  test("is tried again with growing waits while it refuses", async () => {
    const server = new ScriptedServer("a");
    server.door = "refuses";
    using watched = new Watched(server);
    watched.backend.start();
    const waits: number[] = [];
    for (let count = 1; count <= 3; count++) {
      await watched.until(() => watched.count("attempt failed") === count);
      waits.push(watched.backend.retryAt! - performance.now());
    }
    assert.ok(waits[0]! < 605 && waits[1]! > 600 && waits[2]! > 950, String(waits));
    assert.equal(watched.backend.state.status, "closed");
    assert.equal(watched.backend.state.reason, "a refuses");
  });

  test("no wait is longer than retry_timeout", async () => {
    const server = new ScriptedServer("a");
    server.door = "refuses";
    using watched = new Watched(server, { retryTimeoutMs: 200 });
    watched.backend.start();
    for (let count = 1; count <= 5; count++) {
      await watched.until(() => watched.count("attempt failed") === count);
      assert.ok(watched.backend.retryAt! - performance.now() <= 200);
    }
  });

  test("is given up after max_retries attempts; a user's need, and a reset, begin anew", async () => {
    const server = new ScriptedServer("a");
    server.door = "refuses";
    using watched = new Watched(server, { maxRetries: 2, retryTimeoutMs: 100 });
    const { backend } = watched;
    backend.start();
    await watched.toldOf("gave_up: closed");
    assert.equal(server.attempts, 2);
    assert.equal(backend.retryAt, undefined);
    assert.equal(backend.state.givenUp, true);
    backend.hurry();
    await server.until(() => server.attempts === 3);
    server.door = "open";
    backend.reset();
    await watched.toldOf(connected);
    assert.equal(backend.state.givenUp, false);
  });

  test("a reset does not wait for an attempt that hangs", async () => {
    const server = new ScriptedServer("a");
    server.door = "hangs";
    using watched = new Watched(server);
    watched.backend.start();
    await server.until(() => server.attempts === 1);
    const waiting = assert.rejects(watched.backend.take(new AbortController().signal), {
      code: "BACKEND_DRAINING",
    });
    server.door = "open";
    watched.backend.reset();
    await watched.toldOf(connected);
    await waiting;
    assert.equal(server.attempts, 2);
  });

  test("an attempt that hangs ends after connect_timeout", async () => {
    const server = new ScriptedServer("a");
    server.door = "hangs";
    using watched = new Watched(server, { connectTimeoutMs: 50 });
    watched.backend.start();
    await watched.toldOf("attempt failed");
    assert.equal(watched.backend.state.code, "BACKEND_TIMEOUT");
  });

  test("one that is configured force_closed is not connected until it is enabled", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server, { startsClosed: true });
    const { backend } = watched;
    backend.start();
    backend.hurry();
    backend.reset();
    assert.equal(backend.mayComeUpFor(performance.now()), false);
    await assert.rejects(backend.take(new AbortController().signal), { code: "BACKEND_DRAINING" });
    assert.equal(server.attempts, 0);
    backend.enable();
    await watched.toldOf(connected);
  });

  test("one that is disabled lets its tunnels finish and takes no new ones", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    const { backend } = watched;
    backend.start();
    await watched.toldOf(connected);
    const connection = backend.ready!;
    const tunnel = await connection.open("target.test:1", new AbortController().signal);
    backend.disable();
    assert.equal(backend.ready, undefined);
    assert.equal(connection.openStreams, 1);
    tunnel.reset();
    assert.equal(await connection.closed, undefined);
    assert.equal(backend.state.status, "force_closed");
    assert.equal(server.attempts, 1);
  });

  test("one that was disabled while an attempt hung can be enabled", async () => {
    const server = new ScriptedServer("a");
    server.door = "hangs";
    using watched = new Watched(server);
    watched.backend.start();
    await server.until(() => server.attempts === 1);
    watched.backend.disable();
    server.door = "open";
    watched.backend.enable();
    await watched.toldOf(connected);
  });

  test("a connection that drains is replaced ahead of need, and its tunnels finish", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    const { backend } = watched;
    backend.start();
    await watched.toldOf(connected);
    const first = backend.ready!;
    const tunnel = await first.open("target.test:1", new AbortController().signal);
    void server.connections[0]!.close();
    await first.drainBegun;
    await server.until(() => server.connections.length === 2);
    await backend.take(new AbortController().signal);
    assert.notEqual(backend.ready, first);
    assert.equal(backend.state.status, "normal");
    assert.deepEqual(watched.told, [connected]);
    assert.equal(first.openStreams, 1);
    tunnel.reset();
    assert.equal(await first.closed, undefined);
    assert.deepEqual(watched.told, [connected]);
  });

  test("one that drains and cannot be connected anew is down", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    watched.backend.start();
    await watched.toldOf(connected);
    const { connection } = watched.backend;
    await connection!.open("target.test:1", new AbortController().signal);
    server.door = "refuses";
    void server.connections[0]!.close();
    await watched.toldOf(lost);
    assert.equal(watched.backend.state.code, "BACKEND_UNREACHABLE");
    assert.equal(connection!.openStreams, 1);
  });

  test("one that lets in and hangs up at once is not hammered", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    watched.backend.start();
    const drop = (): void => server.listener.cut();
    for (let count = 1; count <= 3; count++) {
      await watched.until(() => watched.count(connected) === count);
      drop();
      await watched.until(() => watched.count(lost) === count);
      if (watched.backend.retryAt !== undefined)
        assert.ok(watched.backend.retryAt - performance.now() <= 500);
    }
    // Three attempts, each half a second after the one before it.
    assert.ok(server.attempts <= 3, String(server.attempts));
    await server.until(() => server.attempts === 4);
  });

  test("tunnels wait together for one attempt; who aborts leaves the others waiting", async () => {
    const server = new ScriptedServer("a");
    server.door = "hangs";
    using watched = new Watched(server);
    const { backend } = watched;
    backend.start();
    const controller = new AbortController();
    const leaves = assert.rejects(backend.take(controller.signal), { message: "gone" });
    const stay = [1, 2, 3].map(() => backend.take(new AbortController().signal).catch(() => "failed"));
    controller.abort(new Error("gone"));
    await leaves;
    assert.equal(server.attempts, 1);
    backend.destroy();
    assert.deepEqual(await Promise.all(stay), ["failed", "failed", "failed"]);
  });

  test("close waits for tunnels; aborting it cuts them", async () => {
    const server = new ScriptedServer("a");
    using watched = new Watched(server);
    const { backend } = watched;
    backend.start();
    await watched.toldOf(connected);
    const connection = backend.ready!;
    await connection.open("target.test:1", new AbortController().signal);
    const cut = new AbortController();
    const closing = backend.close(cut.signal);
    await assert.rejects(backend.take(new AbortController().signal), { code: "BACKEND_DRAINING" });
    cut.abort();
    await closing;
    if (!server.asked[0]!.cancelled.aborted)
      await Promise.race([once(server.asked[0]!.cancelled, "abort"), connection.closed]);
    assert.equal(connection.openStreams, 0);
  });
});
