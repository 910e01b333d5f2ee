// R38
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./harness/admin.ts";
import { DaemonProcess, type LogLine } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { backendTable, Folder, makeCertificates, transports } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";

const isFull = process.env.OCTOPROXY_FULL !== undefined;

/** Longer than the client's own patience with a silent server, shorter than the server's with a silent client. */
const napMs = isFull ? 60_000 : 2_500;

/** So short that every deadline of the client has passed when it wakes; all of its defaults are below a minute. */
const impatient = isFull
  ? ""
  : "[backends.local.http2]\nkeep_alive_interval = 0.5\nkeep_alive_timeout = 1\n[backends.local.quic]\nmax_idle_timeout = 2\nkeep_alive_interval = 1";

/** More than the windows and the kernel keep: sleep comes in the middle, in both directions. */
const bulkBytes = 24 * 1024 * 1024;

const isDown = ({ msg, status }: LogLine): boolean => msg === "backend" && status === "closed";

/** How long the first request takes; it must be served. */
const firstRequest = async (proxy: string, target: string): Promise<number> => {
  const startedAt = performance.now();
  const { status, head, socket } = await connectThrough(proxy, target);
  socket.destroy();
  assert.equal(status, 200, head);
  return performance.now() - startedAt;
};

/** Bytes that are on their way to the echo and back. */
const sendBulk = async (proxy: string, target: string): Promise<{ readonly echoed: Promise<string> }> => {
  const { socket } = await connectThrough(proxy, target);
  const pattern = randomBytes(bulkBytes);
  const echoed = readAll(socket).then(digestOf);
  socket.end(pattern);
  return { echoed: echoed.then((digest) => (digest === digestOf(pattern) ? "exact" : "other bytes")) };
};

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

suite("sleep and clocks", { concurrency: true }, () => {
  onEachTransport(
    `a client that slept for ${napMs / 1000} s, longer than all its deadlines: the first request is served, no tunnel is lost, no backend counts as down`,
    { pair: { backend: impatient }, on: transports },
    async (pair, t) => {
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(pair.proxy, target.address, 10);
      await held.echo();
      const { length: since } = pair.client.lines;
      for (let round = 0; round < (isFull ? 1 : 2); round++) {
        const bulk = await sendBulk(pair.proxy, target.address);
        // At another moment of its clock each time.
        await sleep(100 + 400 * round);
        pair.client.kill("SIGSTOP");
        await sleep(napMs);
        pair.client.kill("SIGCONT");
        const ms = await firstRequest(pair.proxy, target.address);
        await held.echo();
        assert.equal(await bulk.echoed, "exact");
        t.diagnostic(`the first request took ${ms.toFixed(0)} ms`);
        assert.ok(ms < 10_000, `${ms} ms`);
      }
      assert.equal(held.count("open"), 10);
      assert.deepEqual(pair.client.lines.slice(since).filter(isDown), []);
      assert.deepEqual(
        pair.server.lines.filter(({ msg }) => msg === "client left"),
        [],
      );
    },
  );

  onEachTransport(
    "the server was killed and started anew while the client slept: the first request is served, old tunnels end with a reset, the backend counts as down once",
    { pair: { backend: impatient }, on: transports },
    async (pair, t) => {
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(pair.proxy, target.address, 10);
      await held.echo();
      const { length: since } = pair.client.lines;
      pair.client.kill("SIGSTOP");
      pair.server.kill("SIGKILL");
      await pair.server.exit();
      const again = await pair.startServerAgain();
      await using _ = again.process;
      pair.client.kill("SIGCONT");
      const ms = await firstRequest(pair.proxy, target.address);
      t.diagnostic(`the first request took ${ms.toFixed(0)} ms`);
      assert.ok(ms < 10_000, `${ms} ms`);
      await until(
        async () => held.count("reset"),
        (count) => count === 10,
        "old tunnels are reset",
      );
      assert.equal(held.count("end"), 0, "a cut tunnel must not look like one that ended");
      assert.equal(pair.client.lines.slice(since).filter(isDown).length, 1);
    },
  );

  for (const transport of transports) {
    test(`${transport}: the wall clock jumps a day forward and back in both daemons: tunnels go on, no backend counts as down, requests are served`, async (t) => {
      await using folder = await Folder.make();
      await makeCertificates(folder);
      const preload = new URL("harness/shifting-clock.js", import.meta.url).href;
      const env = { NODE_OPTIONS: `--import=${preload}` };
      const server = await folder.write(
        "server.toml",
        `listen_address = "127.0.0.1:0"\nquic = true\nwebtransport_address = "127.0.0.1:0"\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\n`,
      );
      await using serverProcess = new DaemonProcess(["server", "-c", server], { env });
      const address = await serverProcess.listening(transport);
      const quick = `[backends.local.http2]\nkeep_alive_interval = 1\nkeep_alive_timeout = 2\n[backends.local.quic]\nkeep_alive_interval = 1\nmax_idle_timeout = 3`;
      const client = await folder.write(
        "client.toml",
        `listen_address = "127.0.0.1:0"\nmetric_address = "off"\n${backendTable("local", address, quick, transport)}`,
      );
      await using clientProcess = new DaemonProcess(["client", "-c", client], { env });
      const proxy = await clientProcess.listening("proxy");
      await clientProcess.line(({ msg, status }) => msg === "backend" && status === "normal", "backend up");
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(proxy, target.address, 10);
      await held.echo();
      const { length: since } = clientProcess.lines;
      for (const days of [1, 0]) {
        for (const daemon of [clientProcess, serverProcess]) {
          const { length: told } = daemon.words;
          daemon.kill("SIGUSR2");
          const said = await until(
            async () => daemon.words.slice(told).join(),
            (words) => words !== "",
            "the clock jumped",
          );
          const ahead = Date.parse(said.replace("the clock says ", "")) - Date.now();
          assert.equal(Math.abs(Math.round(ahead / 86_400_000)), days, said);
        }
        const ms = await firstRequest(proxy, target.address);
        // Several of the intervals after which a silent connection is asked, and given up.
        await sleep(3_300);
        await held.echo();
        t.diagnostic(`${days} days ahead: the first request took ${ms.toFixed(0)} ms`);
      }
      assert.equal(held.count("open"), 10);
      assert.deepEqual(clientProcess.lines.slice(since).filter(isDown), []);
    });
  }
});
