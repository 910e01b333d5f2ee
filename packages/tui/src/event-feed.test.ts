import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { type AdminServer, startAdminServer } from "@octoproxy/lib/admin/admin-server";
import { FakeSource } from "@octoproxy/lib/admin/fake-source.fixture";
import { parseListenAddress } from "@octoproxy/lib/config/listen-address";
import { WebSocketServer } from "ws";
import { sendCommand } from "./admin-client.ts";
import { followEvents, readEvents } from "./event-feed.ts";

const token = "0123456789abcdef";
const start = async (source: FakeSource, given?: string, port = 0): Promise<AdminServer> =>
  startAdminServer(source, {
    address: { host: "127.0.0.1", port },
    token: given,
    role: "client",
    failed: (error) => {
      throw error;
    },
  });
const accessTo = ({ address }: { readonly address: string }, given?: string) => ({
  address: parseListenAddress(address)!,
  token: given,
});

/** What a feed tells, to be waited for. */
const listen = (access: ReturnType<typeof accessTo>) => {
  const ending = new AbortController();
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (words: string): void => {
    told.push(words);
    wake();
  };
  const ended = followEvents(
    access,
    { message: ({ type }) => tell(type), lost: (reason) => tell(`lost: ${reason}`) },
    ending.signal,
  );
  return {
    told,
    until: async (fits: (words: string) => boolean): Promise<string> => {
      const deadline = AbortSignal.timeout(15_000);
      for (;;) {
        const found = told.find(fits);
        if (found !== undefined) return found;
        deadline.throwIfAborted();
        await new Promise<void>((resolve) => {
          wake = resolve;
          deadline.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    },
    end: async () => {
      ending.abort();
      await ended;
    },
  };
};

test("snapshots and events come; a daemon that ends is lost, one that is there again is found", async () => {
  const source = new FakeSource();
  const server = await start(source);
  const { port } = parseListenAddress(server.address)!;
  const feed = listen(accessTo(server));
  await feed.until((words) => words === "snapshot");
  source.tell({ type: "drain", at: source.snapshot().at, level: "info", message: "draining" });
  await feed.until((words) => words === "drain");
  await server.close();
  await feed.until((words) => words.startsWith("lost: ") && words.includes(`127.0.0.1:${port}`));
  await feed.until((words) => words.includes("nothing listens on"));
  const known = feed.told.length;
  const again = await start(source, undefined, port);
  await feed.until((words) => words === "snapshot" && feed.told.lastIndexOf("snapshot") >= known);
  await feed.end();
  await again.close();
});

test("a refusal is a sentence that says what to do", async () => {
  const server = await start(new FakeSource(), token);
  const read = (given?: string) =>
    readEvents(accessTo(server, given), () => undefined, AbortSignal.timeout(15_000));
  await assert.rejects(read(), /wants its metric_token: give it with --token-file$/);
  const feed = listen(accessTo(server, token));
  await feed.until((words) => words === "snapshot");
  await feed.end();
  await server.close();
});

test("what is not understood is said, and what only a newer daemon knows is passed over", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.send('{"type":"weather"}');
    socket.send('{"type":"drain","at":"2026-11-24T14:02:11.000Z","level":"info","message":"x"}');
    socket.send('{"type":"snapshot"}');
  });
  const { port } = server.address() as AddressInfo;
  const seen: string[] = [];
  const reading = readEvents(
    accessTo({ address: `127.0.0.1:${port}` }),
    ({ type }) => seen.push(type),
    AbortSignal.timeout(15_000),
  );
  await assert.rejects(reading, /not understood: is it of another version/);
  assert.deepEqual(seen, ["drain"]);
  server.close();
});

test("somebody who accepts and says nothing is given up", { timeout: 30_000 }, async () => {
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reading = readEvents(
    accessTo({ address: `127.0.0.1:${port}` }),
    () => undefined,
    AbortSignal.timeout(20_000),
  );
  await assert.rejects(reading, /did not answer in time/);
  server.close();
});

test("commands are calls of the admin API; a refusal is the daemon's sentence", async () => {
  const source = new FakeSource();
  const server = await start(source);
  const signal = AbortSignal.timeout(15_000);
  source.result = { kind: "backend", backend: source.backends[0]! };
  for (const kind of ["enable", "disable", "reset"] as const)
    assert.equal((await sendCommand(accessTo(server), { kind, backend: "to/kyo" }, signal))?.name, "tokyo");
  await sendCommand(
    accessTo(server),
    { kind: "switch_protocol", backend: "tokyo", protocol: "quic" },
    signal,
  );
  source.result = { kind: "done" };
  await sendCommand(accessTo(server), { kind: "close_tunnel", id: "7" }, signal);
  source.result = { kind: "reloaded", warnings: [] };
  await sendCommand(accessTo(server), { kind: "reload" }, signal);
  assert.deepEqual(source.commands, [
    { kind: "enable", backend: "to/kyo" },
    { kind: "disable", backend: "to/kyo" },
    { kind: "reset", backend: "to/kyo" },
    { kind: "switch_protocol", backend: "tokyo", protocol: "quic" },
    { kind: "close_tunnel", id: "7" },
    { kind: "reload" },
  ]);
  source.result = { kind: "unknown", message: 'no backend is called "bern"' };
  const refused = sendCommand(accessTo(server), { kind: "reset", backend: "bern" }, signal);
  await assert.rejects(refused, /no backend is called "bern"/);
  await server.close();
});
