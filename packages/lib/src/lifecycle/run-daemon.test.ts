import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../config/config-fault.ts";
import { createLog } from "../log/logger.ts";
import type { Daemon } from "./daemon.ts";
import { type ProcessFace, runDaemon } from "./run-daemon.ts";

class FakeHost implements ProcessFace {
  readonly listeners = new Map<string, (signal: NodeJS.Signals) => void>();
  readonly ended = Promise.withResolvers<number>();
  said = "";
  readonly stderr = {
    write: (text: string): void => {
      this.said += text;
    },
  };

  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    this.listeners.set(event, listener);
  }

  exit(status: number): void {
    this.ended.resolve(status);
  }

  send(signal: NodeJS.Signals): void {
    this.listeners.get(signal)?.(signal);
  }
}

class FakeDaemon implements Daemon {
  readonly addresses = [];
  readonly drained = Promise.withResolvers<boolean>();
  readonly calls: string[] = [];

  drain(): Promise<boolean> {
    this.calls.push("drain");
    return this.drained.promise;
  }

  async reload(): Promise<void> {
    this.calls.push("reload");
  }

  destroy(): void {
    this.calls.push("destroy");
  }
}

const run = (start: () => Promise<Daemon>) => {
  const host = new FakeHost();
  const quiet = createLog({ level: "error", writer: { write: (_text, done) => done(undefined) } });
  const running = runDaemon({ name: "octoproxy client", start, host, ...quiet });
  return { host, running };
};

test("a signal drains; the status says whether every tunnel finished", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    for (const complete of [true, false]) {
      const daemon = new FakeDaemon();
      const { host, running } = run(async () => daemon);
      await running;
      host.send(signal);
      daemon.drained.resolve(complete);
      assert.equal(await host.ended.promise, complete ? 0 : 1);
      assert.deepEqual(daemon.calls, ["drain"]);
    }
  }
});

test("a second signal ends at once with 128 and its number", async () => {
  for (const [signal, status] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const daemon = new FakeDaemon();
    const { host, running } = run(async () => daemon);
    await running;
    host.send("SIGTERM");
    host.send(signal);
    assert.equal(await host.ended.promise, status);
    assert.deepEqual(daemon.calls, ["drain", "destroy"]);
  }
});

test("SIGHUP reloads, but not what is ending", async () => {
  const daemon = new FakeDaemon();
  const { host, running } = run(async () => daemon);
  await running;
  host.send("SIGHUP");
  host.send("SIGTERM");
  host.send("SIGHUP");
  assert.deepEqual(daemon.calls, ["reload", "drain"]);
});

test("a signal during the start drains as soon as it has started", async () => {
  const daemon = new FakeDaemon();
  const started = Promise.withResolvers<Daemon>();
  const { host, running } = run(() => started.promise);
  host.send("SIGTERM");
  daemon.drained.resolve(true);
  started.resolve(daemon);
  await running;
  assert.equal(await host.ended.promise, 0);
});

test("a drain that throws ends with 1", async () => {
  const daemon = new FakeDaemon();
  const { host, running } = run(async () => daemon);
  await running;
  host.send("SIGTERM");
  daemon.drained.reject(new Error("broken"));
  assert.equal(await host.ended.promise, 1);
});

test("a start that finds the configuration wrong after all is told like that, with status 2", async () => {
  const fault = { file: "a.toml", line: 3, column: 1, keyPath: "auth_key", message: "me.key does not exist" };
  const { host, running } = run(async () => {
    throw new ConfigError([fault]);
  });
  await running;
  assert.equal(await host.ended.promise, 2);
  assert.equal(host.said, "a.toml:3:1 auth_key: me.key does not exist\n");
});

// R35
test("a start that fails is one sentence and status 1", async () => {
  for (const [fields, sentence] of [
    [
      { code: "EADDRINUSE", syscall: "listen", address: "127.0.0.1", port: 8081 },
      "127.0.0.1:8081 is in use by another program",
    ],
    [
      { code: "EADDRNOTAVAIL", syscall: "listen", address: "2001:db8::1", port: 1 },
      "[2001:db8::1]:1 is not an address of this machine",
    ],
    [
      { code: "EADDRINUSE", syscall: "bind", address: "::", port: 53 },
      "[::]:53 over UDP is in use by another program",
    ],
    [{}, "words of its own?here"],
  ] as const) {
    const { host, running } = run(async () => {
      throw Object.assign(new Error("words of its own\u001bhere"), fields);
    });
    await running;
    assert.equal(await host.ended.promise, 1);
    assert.equal(host.said, `octoproxy client: ${sentence}\n`);
  }
});
