import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin, until } from "./harness/admin.ts";
import { backendTable, Folder, makeCertificates, Pair, startClient, startServer } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";
import { TwoWireRelay } from "./harness/two-wire-relay.ts";

const adminOn = 'metric_address = "127.0.0.1:0"\n';

interface ProtocolSeen {
  readonly protocol: {
    readonly configured: string;
    readonly in_use: string | null;
    readonly since: string | null;
    readonly why: string | null;
  };
}

/** Waits until that protocol is in use, and gives the view. */
const inUse = async (admin: string, protocol: string): Promise<ProtocolSeen["protocol"]> => {
  const ask = async () => (await askAdmin(admin, "/api/v1/backends/local")).json<ProtocolSeen>();
  return (await until(ask, (view) => view.protocol.in_use === protocol, `${protocol} in use`)).protocol;
};

/** A client with `auto` behind a relay before a server, up. */
const startBehindRelay = async (udpBlocked: boolean, backend = "") => {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await Folder.make());
  await makeCertificates(folder);
  const server = await startServer(folder);
  started.use(server.process);
  const relay = started.use(await TwoWireRelay.start(server.address));
  relay.udpBlocked = udpBlocked;
  const client = await startClient(folder, adminOn + backendTable("local", relay.address, backend, "auto"));
  started.use(client.process);
  await client.process.line((line) => line.msg === "backend" && line.status === "normal", "backend up");
  const admin = await client.process.listening("admin");
  const stack = started.move();
  return { ...client, admin, relay, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

/** One exchange through a tunnel of its own. */
const exchange = async (proxy: string, target: TcpTarget): Promise<number> => {
  const begun = performance.now();
  const { socket, status, head } = await connectThrough(proxy, target.address, "ping");
  assert.equal(status, 200, head);
  const took = performance.now() - begun;
  socket.end();
  assert.equal((await readAll(socket)).toString(), "ping");
  return took;
};

const startEcho = async (): Promise<TcpTarget> => {
  const target = await TcpTarget.start();
  const serve = async (): Promise<never> => {
    for (;;) {
      const socket = await target.next();
      socket.pipe(socket);
    }
  };
  void serve();
  return target;
};

// R37
test("auto moves to HTTP/2 when UDP is blocked in the middle, fails no tunnel, and comes back", async (t) => {
  await using client = await startBehindRelay(false);
  await using target = await startEcho();
  const first = await inUse(client.admin, "quic");
  assert.deepEqual([first.configured, first.why], ["auto", null]);
  await exchange(client.proxy, target);
  client.relay.udpBlocked = true;
  const slowest = await exchange(client.proxy, target);
  const fallen = await inUse(client.admin, "http2");
  assert.match(fallen.why ?? "", /QUIC.*(silent|failed|quickly)/i);
  assert.ok(String(fallen.since) > String(first.since));
  const quick = await exchange(client.proxy, target);
  client.relay.udpBlocked = false;
  const back = await inUse(client.admin, "quic");
  assert.match(back.why ?? "", /^http2 before/);
  await exchange(client.proxy, target);
  t.diagnostic(`first tunnel after the block: ${slowest.toFixed(0)} ms, the next ${quick.toFixed(0)} ms`);
  const moved = await client.process.line((line) => line.event === "protocol", "protocol");
  assert.match(String(moved.say), /goes on over quic instead of http2/);
});

test("a tunnel that is open over HTTP/2 finishes there while new ones go over QUIC again", async () => {
  await using client = await startBehindRelay(true);
  await using target = await TcpTarget.start();
  assert.match((await inUse(client.admin, "http2")).why ?? "", /QUIC/);
  const asked = connectThrough(client.proxy, target.address);
  const there = await target.next();
  const { socket } = await asked;
  client.relay.udpBlocked = false;
  await inUse(client.admin, "quic");
  socket.end("still here");
  assert.equal((await readAll(there)).toString(), "still here");
  there.end("and back");
  assert.equal((await readAll(socket)).toString(), "and back");
});

test("auto is idle and UDP is blocked: noticed without a tunnel", async () => {
  await using client = await startBehindRelay(false, "[backends.local.quic]\nkeep_alive_interval = 1");
  await inUse(client.admin, "quic");
  client.relay.udpBlocked = true;
  await inUse(client.admin, "http2");
});

test("auto makes do with a server that has no QUIC", async () => {
  await using pair = await Pair.start({ transport: "auto", quic: false, client: adminOn });
  await using target = await startEcho();
  await exchange(pair.proxy, target);
  const up = pair.client.lines.find((line) => line.msg === "backend" && line.status === "normal");
  assert.equal(up?.protocol, "http2");
  assert.match((await inUse(await pair.client.listening("admin"), "http2")).why ?? "", /QUIC/);
});
