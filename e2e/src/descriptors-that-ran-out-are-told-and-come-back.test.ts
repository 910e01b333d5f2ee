// R23
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { page, startOrigin } from "./harness/origin.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { descriptorsOf } from "./harness/process-figures.ts";
import { needs } from "./harness/programs.ts";
import { connectThrough, hostAndPort } from "./harness/raw-tunnel.ts";
import { doors, through } from "./harness/through.ts";

const skip = process.platform === "linux" ? needs("bash") : "needs /proc";
const limit = 128;
/** What is kept back: a quarter of so low a limit. */
const reserve = limit / 4;

const command = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
const limited = ["bash", "-c", `ulimit -n ${limit} && exec "$@"`, "bash", process.execPath, command] as const;

const openFilesOf = ({ pid }: DaemonProcess): Promise<number> => descriptorsOf(pid);

/** Opens tunnels until one is refused. @returns those that were opened, and the refusal. */
const openUntilRefused = async (
  proxy: string,
  target: string,
): Promise<{ readonly open: Socket[]; readonly head: string }> => {
  const open: Socket[] = [];
  for (;;) {
    const { status, head, socket } = await connectThrough(proxy, target);
    if (status !== 200) {
      socket.destroy();
      return { open, head };
    }
    open.push(socket);
    assert.ok(open.length < limit, "more tunnels than descriptors");
  }
};

/** How long it takes until a tunnel is opened again. */
const backAfter = async (proxy: string, target: string): Promise<number> => {
  const startedAt = performance.now();
  const ask = async (): Promise<number> => {
    const { status, socket } = await connectThrough(proxy, target);
    socket.destroy();
    return status;
  };
  await until(ask, (status) => status === 200, "a tunnel opened again");
  return performance.now() - startedAt;
};

const blamed = (client: DaemonProcess, since: number): unknown[] =>
  client.lines.slice(since).filter(({ msg }) => msg.startsWith("backend"));

for (const transport of everydayTransports) {
  test(`${transport}: a client without descriptors says 503 at every door, keeps a reserve, blames no backend, and is back within a second`, {
    skip,
  }, async (t) => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const server = await startServer(folder);
    await using _ = server.process;
    await using target = await EchoTarget.start();
    const table = backendTable("local", server.address, "", transport);
    const file = await folder.write(
      "client.toml",
      `listen_address = "127.0.0.1:0"\nmetric_address = "127.0.0.1:0"\n${table}`,
    );
    await using client = new DaemonProcess(["client", "-c", file], { program: limited });
    const proxy = await client.listening("proxy");
    const admin = await client.listening("admin");
    await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
    const { length: since } = client.lines;
    const before = await openFilesOf(client);

    const { open, head } = await openUntilRefused(proxy, target.address);
    assert.match(head, /^HTTP\/1\.1 503 /);
    assert.match(head, /^Proxy-Status: octoproxy-client; error=connection_limit_reached;.*OVERLOADED/im);
    assert.ok(open.length > limit / 4, `${open.length} tunnels`);
    // Connections that say nothing do not use up the rest, and the admin API has descriptors of its own.
    const silent = Array.from({ length: 300 }, () =>
      connect(hostAndPort(proxy)).on("error", () => undefined),
    );
    const refused = { connect: 503, forward: 503, socks5: 1, socks4: 91, socks4a: 91 } as const;
    for (const door of doors) {
      const { said, peer } = await through(door, proxy, target.address);
      assert.equal(said, refused[door], door);
      peer.end();
    }
    const free = limit - (await openFilesOf(client));
    assert.ok(free >= reserve / 4, `${free} descriptors are free`);
    assert.equal(
      sampleOf((await askAdmin(admin, "/metrics")).text, 'octoproxy_backend_up{backend="local"}'),
      1,
    );
    for (const socket of [...silent, ...open]) socket.destroy();
    const backMs = await backAfter(proxy, target.address);
    t.diagnostic(
      `${open.length} tunnels at a limit of ${limit}, ${free} free; back after ${backMs.toFixed(0)} ms`,
    );
    await until(
      () => openFilesOf(client),
      (count) => count <= before + 2,
      "descriptors as before",
    );
    assert.deepEqual(blamed(client, since), []);
  });

  test(`${transport}: a server without descriptors says 503, keeps a reserve, is not blamed, and is back within a second`, {
    skip,
  }, async (t) => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await using target = await EchoTarget.start();
    await using origin = await startOrigin();
    const file = await folder.write(
      "server.toml",
      `listen_address = "127.0.0.1:0"\nquic = true\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\n`,
    );
    await using server = new DaemonProcess(["server", "-c", file], { program: limited });
    const address = await server.listening(transport);
    const { process: client, proxy } = await startClient(
      folder,
      backendTable("local", address, "", transport),
    );
    await using _ = client;
    await client.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
    const { length: since } = client.lines;
    const before = await openFilesOf(server);

    const { open, head } = await openUntilRefused(proxy, target.address);
    assert.match(head, /^HTTP\/1\.1 503 /);
    assert.match(head, /octoproxy-server; error=connection_limit_reached;.*no free file descriptors/i);
    assert.ok(open.length > limit / 4, `${open.length} tunnels`);
    // Nor do strangers use up the rest: one that has a certificate comes in beside them.
    const tcp = await server.listening("http2");
    const silent = Array.from({ length: 300 }, () => connect(hostAndPort(tcp)).on("error", () => undefined));
    const beside = await startClient(folder, backendTable("local", address, "", transport), "beside");
    await using second = beside.process;
    await second.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
    const { said, peer } = await through("connect", beside.proxy, target.address);
    peer.end();
    assert.equal(said, 503);
    const free = limit - (await openFilesOf(server));
    assert.ok(free >= reserve / 4, `${free} descriptors are free`);
    for (const socket of [...silent, ...open]) socket.destroy();
    const backMs = await backAfter(proxy, target.address);
    t.diagnostic(
      `${open.length} tunnels at a limit of ${limit}, ${free} free; back after ${backMs.toFixed(0)} ms`,
    );
    await until(
      () => openFilesOf(server),
      (count) => count <= before + 3,
      "descriptors as before",
    );
    assert.deepEqual(blamed(client, since), []);
    assert.ok((await (await through("forward", proxy, origin.address)).page()).endsWith(page));
  });
}
