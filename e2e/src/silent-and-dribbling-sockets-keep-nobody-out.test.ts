import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { askAdmin } from "./harness/admin.ts";
import { startOrigin } from "./harness/origin.ts";
import { backendTable, Pair, startClient } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";
import { through } from "./harness/through.ts";

const silent = 5000;
const dribbling = 500;
/** The row's own bound: all of them are gone by then. */
const goneWithinMs = 15_000;

/** Sockets that say nothing, or one byte of `text` each half second; counted while they are open. */
class Crowd implements Disposable {
  readonly #sockets = new Set<Socket>();
  readonly #dribblers: Socket[] = [];
  readonly #ticking: NodeJS.Timeout;
  #gone = (): void => undefined;

  constructor(text: Uint8Array) {
    let at = 0;
    this.#ticking = setInterval(() => {
      const start = at++ % text.length;
      for (const socket of this.#dribblers)
        if (!socket.destroyed) socket.write(text.subarray(start, start + 1));
    }, 500);
  }

  /** As fast as they are taken, not faster: what waits in the kernel's queue is not the listener's yet. */
  async come(address: string): Promise<void> {
    for (let count = 0; count < silent + dribbling; count += 250)
      await Promise.all(Array.from({ length: 250 }, (_, at) => this.#connect(address, at % 11 === 10)));
  }

  #connect(address: string, dribbles: boolean): Promise<void> {
    const socket = connect(hostAndPort(address)).resume();
    this.#sockets.add(socket);
    if (dribbles) this.#dribblers.push(socket);
    return new Promise((resolve) => {
      socket.on("connect", resolve);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        resolve();
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#gone();
      });
    });
  }

  get size(): number {
    return this.#sockets.size;
  }

  gone(): Promise<void> {
    return new Promise((resolve) => {
      this.#gone = resolve;
      if (this.#sockets.size === 0) resolve();
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    for (const socket of this.#sockets) socket.destroy();
  }
}

const openFiles = (): number =>
  Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 0);

const tooFew = openFiles() < 12_000 && `it needs 12,000 open files, here are ${openFiles()}`;

// R18
test("5,000 silent and 500 dribbling sockets on each listener: honest ones are served, all others go", {
  skip: tooFew,
  concurrency: true,
}, async (t) => {
  await using pair = await Pair.start();
  await using origin = await startOrigin();
  const clientHello = Buffer.concat([Buffer.from("160301020001", "hex"), Buffer.alloc(500, 1)]);
  const listeners = {
    client: { address: pair.proxy, text: Buffer.from(`GET http://${origin.address}/${"a".repeat(500)}`) },
    server: { address: pair.serverAddress, text: clientHello },
  };
  const crowded = Object.entries(listeners).map(([name, { address, text }]) =>
    t.test(name, async () => {
      using crowd = new Crowd(text);
      await crowd.come(address);
      const startedAt = performance.now();
      const honest = async (): Promise<void> => {
        for (const door of ["connect", "forward", "socks5"] as const)
          assert.match(await (await through(door, pair.proxy, origin.address)).page(), /It works/);
      };
      await honest();
      // One that has no connection to the server yet.
      const second = await startClient(
        pair.folder,
        backendTable("local", pair.serverAddress),
        `beside-${name}`,
      );
      await using _ = second.process;
      await second.process.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
      assert.match(await (await through("forward", second.proxy, origin.address)).page(), /It works/);
      const servedMs = performance.now() - startedAt;
      const atOnce = crowd.size;
      await crowd.gone();
      const goneMs = performance.now() - startedAt;
      t.diagnostic(
        `${name}: served in ${servedMs.toFixed()} ms beside ${atOnce}, all gone in ${goneMs.toFixed()} ms`,
      );
      assert.ok(goneMs < goneWithinMs, `the last went after ${goneMs.toFixed()} ms`);
      await honest();
    }),
  );
  await Promise.all(crowded);
  assert.ok(pair.client.running && pair.server.running);
});

test("5,000 silent and 500 dribbling sockets on each admin API, which serves the metrics: who asks is answered, tunnels go on, all others go", {
  skip: tooFew,
  concurrency: true,
}, async (t) => {
  const adminOn = 'metric_address = "127.0.0.1:0"';
  await using pair = await Pair.start({ client: adminOn, server: adminOn });
  await using origin = await startOrigin();
  const text = Buffer.from(`GET /api/v1/status HTTP/1.1\r\nHost: ${"a".repeat(500)}`);
  const crowded = (["client", "server"] as const).map((name) =>
    t.test(`${name}'s`, async () => {
      const address = await pair[name].listening("admin");
      using crowd = new Crowd(text);
      await crowd.come(address);
      const startedAt = performance.now();
      const honest = async (): Promise<void> => {
        for (const path of ["/readyz", "/metrics"])
          assert.equal((await askAdmin(address, path)).status, 200, path);
        assert.match(await (await through("connect", pair.proxy, origin.address)).page(), /It works/);
      };
      await honest();
      const servedMs = performance.now() - startedAt;
      const atOnce = crowd.size;
      await crowd.gone();
      const goneMs = performance.now() - startedAt;
      t.diagnostic(
        `${name}: answered in ${servedMs.toFixed()} ms beside ${atOnce}, all gone in ${goneMs.toFixed()} ms`,
      );
      assert.ok(goneMs < goneWithinMs, `the last went after ${goneMs.toFixed()} ms`);
      await honest();
    }),
  );
  await Promise.all(crowded);
  assert.ok(pair.client.running && pair.server.running);
});
