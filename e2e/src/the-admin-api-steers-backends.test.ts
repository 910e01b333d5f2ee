import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { fetchThrough } from "./harness/fetch-through.ts";
import { startOrigin } from "./harness/origin.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

interface BackendView {
  readonly name: string;
  readonly status: string;
  readonly tunnels_active: number;
  readonly protocol: { readonly configured: string; readonly in_use: string | null };
}

/** A client before two servers, with its admin API. */
const startTwo = async (extra = "") => {
  const folder = await Folder.make();
  await makeCertificates(folder);
  const tokyo = await startServer(folder, { name: "tokyo", extra: 'metric_address = "127.0.0.1:0"' });
  const osaka = await startServer(folder, { name: "osaka" });
  const backends = (more = "") =>
    `${backendTable("tokyo", tokyo.address, more)}${backendTable("osaka", osaka.address)}`;
  const head = `metric_address = "127.0.0.1:0"\nbalance = "first"\n${extra}\n`;
  const client = await startClient(folder, `${head}${backends()}`);
  const admin = await client.process.listening("admin");
  const isUp = (line: { msg: string; status?: unknown; backend?: unknown }, name: string): boolean =>
    line.msg === "backend" && line.status === "normal" && line.backend === name;
  for (const name of ["tokyo", "osaka"]) await client.process.line((line) => isUp(line, name), `${name} up`);
  const processes: DaemonProcess[] = [client.process, tokyo.process, osaka.process];
  return {
    folder,
    client: client.process,
    proxy: client.proxy,
    admin,
    head,
    backends,
    tokyoAdmin: await tokyo.process.listening("admin"),
    view: async (name: string) => (await askAdmin(admin, `/api/v1/backends/${name}`)).json<BackendView>(),
    [Symbol.asyncDispose]: async () => {
      for (const process of processes) await process[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

test("a disabled backend gets no new tunnels, its hundred open ones finish, and enabled it is used again", async () => {
  await using two = await startTwo();
  await using target = await TcpTarget.start();
  const asked = Array.from({ length: 100 }, () => connectThrough(two.proxy, target.address));
  const there = await Promise.all(asked.map(() => target.next()));
  const open = await Promise.all(asked);
  assert.equal((await two.view("tokyo")).tunnels_active, 100);
  const disabled = await askAdmin(two.admin, "/api/v1/backends/tokyo/disable", { method: "POST" });
  assert.equal(disabled.status, 200);
  assert.equal(disabled.json<BackendView>().status, "force_closed");
  assert.equal(disabled.json<BackendView>().tunnels_active, 100);
  const later = await connectThrough(two.proxy, target.address);
  assert.equal(later.status, 200);
  assert.equal((await two.view("osaka")).tunnels_active, 1);
  for (const [index, { socket }] of open.entries()) socket.end(`message ${index}`);
  const received = await Promise.all(there.map(async (socket) => (await readAll(socket)).toString()));
  assert.equal(new Set(received).size, 100);
  for (const socket of there) socket.end();
  later.socket.destroy();
  await until(
    () => two.view("tokyo"),
    ({ tunnels_active }) => tunnels_active === 0,
    "tunnels end",
  );
  await askAdmin(two.admin, "/api/v1/backends/tokyo/enable", { method: "POST" });
  await until(
    () => two.view("tokyo"),
    ({ status }) => status === "normal",
    "tokyo is back",
  );
  const again = await connectThrough(two.proxy, target.address);
  assert.equal((await two.view("tokyo")).tunnels_active, 1);
  again.socket.destroy();
});

test("a switched protocol serves new tunnels while old ones finish; a reset connects anew", async () => {
  await using two = await startTwo();
  await using target = await TcpTarget.start();
  const asked = connectThrough(two.proxy, target.address);
  const there = await target.next();
  const { socket } = await asked;
  const put = await askAdmin(two.admin, "/api/v1/backends/tokyo/protocol", {
    method: "PUT",
    body: { protocol: "auto" },
  });
  assert.equal(put.status, 200, put.text);
  assert.equal(put.json<BackendView>().protocol.configured, "auto");
  await until(
    () => two.view("tokyo"),
    ({ status }) => status === "normal",
    "tokyo connects anew",
  );
  socket.write("still here");
  assert.equal(String((await once(there, "data"))[0]), "still here");
  socket.end();
  there.end();
  const reset = await askAdmin(two.admin, "/api/v1/backends/tokyo/reset", { method: "POST" });
  assert.equal(reset.status, 200);
  await until(
    () => two.view("tokyo"),
    ({ status }) => status === "normal",
    "tokyo connects anew",
  );
  const later = connectThrough(two.proxy, target.address);
  await target.next();
  (await later).socket.destroy();
  const smoke = await askAdmin(two.admin, "/api/v1/backends/tokyo/protocol", {
    method: "PUT",
    body: { protocol: "smoke" },
  });
  assert.equal(smoke.status, 400);
});

test("what the API changed outlives a reload, unless the reload changes the same key; a wrong file changes nothing", async () => {
  await using two = await startTwo();
  const reload = () => askAdmin(two.admin, "/api/v1/reload", { method: "POST" });
  const write = (text: string) => two.folder.write("client.toml", `listen_address = "127.0.0.1:0"\n${text}`);
  await askAdmin(two.admin, "/api/v1/backends/tokyo/disable", { method: "POST" });
  assert.equal((await reload()).status, 200);
  assert.equal((await two.view("tokyo")).status, "force_closed");
  await write(`${two.head}${two.backends("weight = 2")}`);
  assert.equal((await reload()).status, 200);
  assert.equal((await two.view("tokyo")).status, "force_closed", "another key changed");
  await write(`${two.head}${two.backends("wieght = 2")}`);
  const refused = await reload();
  assert.equal(refused.status, 409);
  const { error, faults } = refused.json<{ error: string; faults: { line: number; key: string }[] }>();
  assert.match(error, /^[^\n]+\.$/);
  assert.equal(faults[0]?.key, "backends.tokyo.wieght");
  assert.equal((await two.view("tokyo")).status, "force_closed");
  await write(`${two.head}${two.backends('status = "force_closed"')}`);
  await reload();
  await write(`${two.head}${two.backends()}`);
  await reload();
  await until(
    () => two.view("tokyo"),
    ({ status }) => status === "normal",
    "the file decides again",
  );
});

test("tunnels are listed on both sides and can be closed; counters of both sides agree with what was carried", async () => {
  await using two = await startTwo();
  await using origin = await startOrigin();
  await using target = await TcpTarget.start();
  const page = await fetchThrough(two.proxy, `${origin.url}/bytes/1000000`);
  assert.equal(page.body.length, 1_000_000);
  const asked = connectThrough(two.proxy, target.address);
  await target.next();
  const { socket } = await asked;
  const listed = await until(
    async () => (await askAdmin(two.admin, "/api/v1/tunnels")).json<Record<string, unknown>[]>(),
    (tunnels) => tunnels.length === 1,
    "one tunnel",
  );
  assert.equal(listed[0]?.target, target.address);
  assert.equal(listed[0]?.backend, "tokyo");
  assert.equal(listed[0]?.door, "connect");
  const [mirror] = (await askAdmin(two.tokyoAdmin, "/api/v1/tunnels")).json<Record<string, unknown>[]>();
  assert.equal(mirror?.target, target.address);
  assert.match(String(mirror?.client), /client/);
  const cut = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => undefined).resume();
  const closed = await askAdmin(two.admin, `/api/v1/tunnels/${listed[0]?.id}`, { method: "DELETE" });
  assert.equal(closed.status, 204);
  await cut;
  assert.equal((await askAdmin(two.admin, "/api/v1/tunnels/999999", { method: "DELETE" })).status, 404);
  for (const [admin, label, direction] of [
    [two.admin, 'backend="tokyo"', "in"],
    [two.tokyoAdmin, 'client="CN=client"', "out"],
  ] as const) {
    const text = await until(
      async () => (await askAdmin(admin, "/metrics")).text,
      (metrics) => sampleOf(metrics, `octoproxy_tunnels_active{${label}}`) === 0,
      "gauges at 0",
    );
    assert.ok(
      (sampleOf(text, `octoproxy_bytes_total{${label},direction="${direction}"}`) ?? 0) >= 1_000_000,
      admin,
    );
    assert.equal(sampleOf(text, `octoproxy_open_seconds_count{${label},protocol="http2"}`), 2, admin);
    assert.equal(sampleOf(text, `octoproxy_tunnels_total{${label},outcome="closed"}`), 1, admin);
    assert.equal(sampleOf(text, `octoproxy_tunnels_total{${label},outcome="broken"}`), 1, admin);
  }
});
