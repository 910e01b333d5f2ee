import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { QuicEndpoint } from "./endpoint.ts";
import { engine } from "./engine.ts";
import type { QuicError } from "./quic-error.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer } from "./testing/child-server.ts";
import {
  alpn,
  clientSettings,
  credentials,
  echo,
  makePair,
  roundTrip,
  serverSettings,
} from "./testing/pair.ts";

const script = fileURLToPath(new URL("./testing/client-script.js", import.meta.url));

const clientData = (address: string, wish: string): object => {
  const { authority, client } = credentials();
  return { address, wish, options: { ...client, ca: authority.cert, alpn } };
};

/** Makes it again while it throws: what holds a port lets go soon. */
const eventually = async <T>(make: () => T): Promise<T> => {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      return make();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
};

/** Runs a client in a process of its own to its end. */
const runClient = (address: string, wish: string): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [script, JSON.stringify(clientData(address, wish))], {
    encoding: "utf8",
    timeout: 20_000,
  });

describe("process", { skip: noOpenssl }, () => {
  test("an open endpoint keeps the process alive, an unreferenced one does not", async () => {
    using child = await ChildServer.start();
    const unreferenced = runClient(child.address, "unref");
    assert.deepEqual([unreferenced.status, unreferenced.signal], [0, null], String(unreferenced.stderr));
    const closed = runClient(child.address, "close");
    assert.deepEqual([closed.status, String(closed.stdout)], [0, "closed\n"], String(closed.stderr));
  });

  test("who closes and exits at once has told the other side", async () => {
    const closed = Promise.withResolvers<string>();
    await using pair = await makePair();
    await using listening = new QuicEndpoint(
      { address: "127.0.0.1:0", server: serverSettings({ maxIdleTimeoutMs: 60_000 }) },
      {
        connection: (connection) =>
          connection.use({ stream: echo, closed: (error) => closed.resolve(error.code) }),
      },
    );
    const child = new Promise((resolve) => {
      const worker = new Worker(script, { workerData: clientData(listening.address, "exit") });
      worker.once("exit", resolve);
    });
    await child;
    assert.equal(await closed.promise, "CLOSED_BY_PEER");
    await roundTrip(pair.client, Buffer.from("unhurt"));
  });

  test("workers that are terminated with open connections crash nothing, and end nothing cleanly", {
    timeout: 60_000,
  }, async () => {
    const endings: string[] = [];
    await using pair = await makePair({
      stream: (stream) => {
        const readable = (): void => {
          do if (stream.read() !== undefined) stream.write(Buffer.from("seen"));
          while (stream.more);
          if (stream.ended) endings.push("ended");
        };
        stream.use({
          readable,
          writable() {},
          stopped() {},
          aborted: (error) => endings.push(error.code),
        });
        readable();
      },
    });
    for (let round = 0; round < 10; round++) {
      const workers = [1, 2, 3].map(
        () => new Worker(script, { workerData: clientData(pair.serverEndpoint.address, "stay") }),
      );
      await Promise.all(workers.map((worker) => once(worker, "message")));
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    while (endings.length < 30) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(endings.includes("ended"), false, "a cut stream looked like a clean end");
  });

  test("a panic inside quinn ends that connection alone, and the process goes on", async () => {
    await using pair = await makePair();
    const healthy = await pair.connect();
    const panics: string[] = [];
    engine().onPanic = (words) => panics.push(words);
    const stream = await pair.client.open();
    const aborted = Promise.withResolvers<string>();
    stream.use({
      readable() {},
      writable() {},
      stopped() {},
      aborted: (error) => aborted.resolve(error.code),
    });
    pair.client.provokePanic();
    stream.write(Buffer.from("wakes the driver"));
    assert.equal((await pair.client.closed).code, "FAULT");
    assert.equal(await aborted.promise, "FAULT");
    assert.match(panics[0] ?? "", /^provoked inside a driver \(vital\.rs:\d+\)$/);
    assert.throws(() => pair.client.tryOpen(), { code: "FAULT" });
    assert.equal((await roundTrip(healthy, Buffer.from("unhurt"))).toString(), "unhurt");
    const again = await pair.clientEndpoint.connect(
      clientSettings(),
      pair.serverEndpoint.address,
      "localhost",
    );
    assert.equal((await roundTrip(again, Buffer.from("new"))).toString(), "new");
  });

  test("a panic inside quinn's endpoint ends that endpoint and what it carries, and frees its port", async () => {
    await using pair = await makePair();
    await using healthy = await makePair();
    const lost = Promise.withResolvers<QuicError>();
    const settings = { address: "127.0.0.1:0", server: serverSettings() };
    const broken = new QuicEndpoint(settings, {
      connection: (connection) => connection.use({ stream: echo }),
      lost: lost.resolve,
    });
    const { address } = broken;
    const connection = await pair.clientEndpoint.connect(clientSettings(), address, "localhost");
    broken.provokePanic();
    await connection.open().then((stream) => stream.write(Buffer.from("wakes the driver")));
    assert.match((await lost.promise).message, /a fault in the QUIC library ended the endpoint/);
    await broken.close();
    await using again = await eventually(
      () => new QuicEndpoint({ ...settings, address }, { connection: (c) => c.use({ stream: echo }) }),
    );
    const renewed = await pair.clientEndpoint.connect(clientSettings(), again.address, "localhost");
    for (const each of [renewed, pair.client, healthy.client]) {
      assert.equal((await roundTrip(each, Buffer.from("unhurt"))).toString(), "unhurt");
    }
  });

  test("a panic inside a client's endpoint ends each of its connections once, and its attempts", async () => {
    await using pair = await makePair();
    const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const { address } = pair.serverEndpoint;
    const connections = [1, 2].map(() => endpoint.connect(clientSettings(), address, "localhost"));
    const ends: string[] = [];
    for (const connection of await Promise.all(connections)) {
      connection.use({ closed: (error) => ends.push(error.code) });
      void connection.open().then((stream) => stream.write(Buffer.from("wakes the driver")));
    }
    const nobody = createSocket("udp4").bind(0, "127.0.0.1");
    await once(nobody, "listening");
    const attempt = endpoint.connect(clientSettings(), `127.0.0.1:${nobody.address().port}`, "localhost");
    endpoint.provokePanic();
    await assert.rejects(attempt, { code: "FAULT" });
    while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await endpoint.close();
    assert.deepEqual(ends, ["FAULT", "FAULT"]);
    await assert.rejects(endpoint.connect(clientSettings(), address, "localhost"), { code: "SOCKET" });
    nobody.close();
  });
});
