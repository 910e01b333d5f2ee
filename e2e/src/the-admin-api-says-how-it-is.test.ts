import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { octoproxy, Pair } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

const adminOn = 'metric_address = "127.0.0.1:0"';

test("ready is who has a backend; drained daemons are not", async () => {
  await using pair = await Pair.start({ client: adminOn, server: adminOn });
  await using target = await TcpTarget.start();
  const client = await pair.client.listening("admin");
  const server = await pair.server.listening("admin");
  for (const admin of [client, server]) {
    assert.equal((await askAdmin(admin, "/healthz")).status, 200);
    assert.equal((await askAdmin(admin, "/readyz")).status, 200);
  }
  const asked = connectThrough(pair.proxy, target.address);
  const there = await target.next();
  const { socket } = await asked;
  pair.client.kill("SIGTERM");
  await pair.client.line(({ msg }) => msg === "draining", "draining");
  const drained = await askAdmin(client, "/readyz");
  assert.deepEqual([drained.status, drained.text], [503, "not ready: draining\n"]);
  assert.equal((await askAdmin(client, "/healthz")).status, 200);
  socket.end();
  there.end();
  assert.equal(await pair.client.exit(), 0);
  pair.server.kill("SIGTERM");
  assert.equal(await pair.server.exit(), 0);
});

test("events tell a lost backend as it happens, between snapshots, and its return", async () => {
  await using pair = await Pair.start({ client: adminOn });
  const admin = await pair.client.listening("admin");
  const socket = new WebSocket(`ws://${admin}/api/v1/events`);
  const seen: { type: string; event?: string; message?: string; at: string }[] = [];
  let arrived = (): void => undefined;
  socket.addEventListener("message", ({ data }) => {
    seen.push(JSON.parse(String(data)));
    arrived();
  });
  const wait = async (fits: (message: (typeof seen)[number]) => boolean): Promise<(typeof seen)[number]> => {
    for (;;) {
      const found = seen.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  await wait(({ type }) => type === "snapshot");
  pair.server.kill("SIGKILL");
  const lost = await wait(({ event }) => event === "lost");
  assert.match(lost.message ?? "", /^local is down: /);
  await until(
    async () => (await askAdmin(admin, "/readyz")).status,
    (status) => status === 503,
    "not ready",
  );
  const view = (await askAdmin(admin, "/api/v1/backends/local")).json<{
    status: string;
    last_error: { code: string; message: string };
  }>();
  assert.equal(view.status, "closed");
  assert.match(view.last_error.message, /\S/);
  const before = seen.filter(({ type }) => type === "snapshot").length;
  await until(
    async () => seen.filter(({ type }) => type === "snapshot").length,
    (count) => count >= before + 3,
    "snapshots go on",
  );
  const times = seen.filter(({ type }) => type === "snapshot").map(({ at }) => Date.parse(at));
  assert.ok(times.length >= 3);
  socket.close();
  await once(socket, "close");
});

test("a taken metric_address is one sentence and status 1", async () => {
  await using pair = await Pair.start({ client: adminOn });
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const toml = (await import("node:fs")).readFileSync(pair.folder.file("client.toml"), "utf8");
  const file = await pair.folder.write(
    "second.toml",
    toml.replace('metric_address = "127.0.0.1:0"', `metric_address = "127.0.0.1:${port}"`),
  );
  await using second = new DaemonProcess(["client", "-c", file]);
  assert.equal(await second.exit(), 1);
  assert.deepEqual(second.words, [`octoproxy client: 127.0.0.1:${port} is in use by another program`]);
  taken.close();
});

test("explain, reload and healthcheck ask the running client", async () => {
  await using pair = await Pair.start({ client: adminOn, server: adminOn });
  const admin = await pair.client.listening("admin");
  const explained = await octoproxy(["explain", "db.example:443", "-a", admin]);
  assert.equal(explained.status, 0, explained.stderr);
  const lines = explained.stdout.toString().split("\n");
  assert.equal(lines[0], "db.example:443");
  assert.match(lines[1] ?? "", /^rule {6}none +there are no host rules$/);
  assert.match(lines[2] ?? "", /^backend {3}local +up · http2 since \d\d:\d\d · 0 tunnels/);
  assert.match(lines[3] ?? "", /^result {4}local, as http2 stream/);
  const reloaded = await octoproxy(["reload", "-a", admin]);
  assert.equal(reloaded.stdout.toString(), `${admin}: reloaded\n`);
  const onServer = await octoproxy(["reload", "-a", await pair.server.listening("admin")]);
  assert.equal(onServer.status, 0);
  const client = await pair.folder.write(
    "health.toml",
    `metric_address = "${admin}"\nlisten_address = "${pair.proxy}"\n[backends.a]\naddress = "h:1"\nprotocol = "http2"\nclient_cert = "certs/client/client.crt"\nclient_key = "certs/client/client.key"\n`,
  );
  assert.deepEqual(
    (await octoproxy(["healthcheck", "-c", client])).stdout.toString(),
    `healthy: ${admin} answers\n`,
  );
  const server = await pair.folder.write(
    "health-server.toml",
    `listen_address = "${pair.serverAddress}"\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\n`,
  );
  const handshake = await octoproxy(["healthcheck", "-c", server]);
  assert.equal(handshake.stdout.toString(), `healthy: ${pair.serverAddress} completes a TLS handshake\n`);
  pair.server.kill("SIGKILL");
  await pair.server.exit();
  const dead = await octoproxy(["healthcheck", "-c", server]);
  assert.equal(dead.status, 1);
  assert.match(dead.stderr, /^unhealthy: \S+: nothing listens there\n$/);
});

test("failures are counted by whose fault they are, and the target's charge nobody", async () => {
  await using pair = await Pair.start({ client: adminOn });
  const admin = await pair.client.listening("admin");
  const socket = new WebSocket(`ws://${admin}/api/v1/events`);
  const told: { type: string; code?: string; side?: string; target?: string }[] = [];
  socket.addEventListener("message", ({ data }) => told.push(JSON.parse(String(data))));
  await once(socket, "open");
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as { port: number };
  gone.close();
  await once(gone, "close");
  for (let count = 0; count < 5; count++) {
    const { status, socket: refused } = await connectThrough(pair.proxy, `127.0.0.1:${port}`);
    assert.equal(status, 502);
    refused.destroy();
  }
  const errors = await until(
    async () => told.filter(({ type }) => type === "error"),
    ({ length }) => length === 5,
    "five errors are told",
  );
  assert.equal(errors[0]?.code, "CONNECTION_REFUSED");
  assert.equal(errors[0]?.side, "target");
  assert.equal(errors[0]?.target, `127.0.0.1:${port}`);
  socket.close();
  const { text } = await askAdmin(admin, "/metrics");
  assert.equal(sampleOf(text, 'octoproxy_errors_total{code="CONNECTION_REFUSED",side="target"}'), 5);
  assert.equal(sampleOf(text, 'octoproxy_backend_up{backend="local"}'), 1);
  assert.equal(sampleOf(text, 'octoproxy_backend_ejected{backend="local"}'), 0);
  assert.match(text, /^octoproxy_certificate_not_after_seconds\{file="[^"]+client\.crt"\} \d{10}/m);
});

test("host rules are explained with their place, and /proxy.pac follows them", async () => {
  await using pair = await Pair.start({
    client: `${adminOn}\nhost_rule = "rules.toml"`,
    rules: '# none of these\n["*.corp.example"]\ndirect = true\n["ads.example"]\nblock = true\n',
  });
  const admin = await pair.client.listening("admin");
  const explained = await octoproxy(["explain", "git.corp.example:22", "-a", admin]);
  const text = explained.stdout.toString();
  assert.match(
    text,
    /^rule {6}"\*\.corp\.example" +\S*rules\.toml:2 +direct = true +\(first match of 2 rules\)$/m,
  );
  assert.match(text, /^not asked local +up, but the rule goes round the backends$/m);
  assert.match(text, /^result {4}dialed from this machine/m);
  const pac = await askAdmin(admin, "/proxy.pac");
  assert.equal(pac.type, "application/x-ns-proxy-autoconfig");
  const find = (host: string): unknown =>
    runInNewContext(`${pac.text}\nFindProxyForURL(url, host)`, { url: `https://${host}/`, host });
  assert.equal(find("git.corp.example"), "DIRECT");
  assert.equal(find("ads.example"), `PROXY ${pair.proxy}`);
});
