// R38
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./harness/admin.ts";
import { DaemonProcess, type LogLine } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { everydayTransports, onEachTransport } from "./harness/on-each-transport.ts";
import { backendTable, Folder, makeCertificates } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

/** Longer than the client's own patience with a silent server, shorter than the server's with a silent client. */
const napMs = 4_000;
/** Longer than anybody's patience: the server has given the client up. */
const asleepMs = process.env.OCTOPROXY_FULL === undefined ? 6_000 : 60_000;

const isDown = ({ msg, status }: LogLine): boolean => msg === "backend" && status === "closed";

/** How long the first request takes; it must be served. */
const firstRequest = async (proxy: string, target: string): Promise<number> => {
  const startedAt = performance.now();
  const { status, head, socket } = await connectThrough(proxy, target);
  socket.destroy();
  assert.equal(status, 200, head);
  return performance.now() - startedAt;
};

const impatient =
  process.env.OCTOPROXY_FULL === undefined
    ? "[backends.local.quic]\nmax_idle_timeout = 3\nkeep_alive_interval = 1"
    : "";

suite("sleep and clocks", { concurrency: true }, () => {
  onEachTransport(
    `a client that was stopped for ${napMs / 1000} s: the first request is served, no tunnel is lost, no backend counts as down`,
    { pair: { backend: "[backends.local.http2]\nkeep_alive_interval = 0.5\nkeep_alive_timeout = 1" } },
    async (pair, t) => {
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(pair.proxy, target.address, 10);
      await held.echo();
      const { length: since } = pair.client.lines;
      for (let round = 0; round < 2; round++) {
        // At another moment of its clock each time: a question is under way, or none.
        await sleep(700 * (round + 1));
        pair.client.kill("SIGSTOP");
        await sleep(napMs);
        pair.client.kill("SIGCONT");
        const ms = await firstRequest(pair.proxy, target.address);
        await held.echo();
        t.diagnostic(`the first request took ${ms.toFixed(0)} ms`);
        assert.ok(ms < 10_000, `${ms} ms`);
      }
      assert.equal(held.count("open"), 10);
      assert.deepEqual(pair.client.lines.slice(since).filter(isDown), []);
    },
  );

  onEachTransport(
    `a client that slept for ${asleepMs / 1000} s, longer than connections live: the first request is served, its old tunnels end with a reset where the server gave them up`,
    { pair: { backend: impatient } },
    async (pair, t) => {
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(pair.proxy, target.address, 10);
      await held.echo();
      pair.client.kill("SIGSTOP");
      await sleep(asleepMs);
      pair.client.kill("SIGCONT");
      const ms = await firstRequest(pair.proxy, target.address);
      const open = held.count("open");
      t.diagnostic(`the first request took ${ms.toFixed(0)} ms; ${open} of 10 tunnels are open`);
      assert.ok(ms < 10_000, `${ms} ms`);
      await held.echo();
      assert.equal(held.count("end"), 0, "a cut tunnel must not look like one that ended");
    },
  );

  for (const transport of everydayTransports) {
    test(`${transport}: the wall clock jumps a day forward and back in both daemons: tunnels go on, no backend counts as down, requests are served`, async (t) => {
      await using folder = await Folder.make();
      await makeCertificates(folder);
      const preload = new URL("harness/shifting-clock.js", import.meta.url).href;
      const env = { NODE_OPTIONS: `--import=${preload}` };
      const server = await folder.write(
        "server.toml",
        `listen_address = "127.0.0.1:0"\nquic = true\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\n`,
      );
      await using serverProcess = new DaemonProcess(["server", "-c", server], { env });
      const address = await serverProcess.listening(transport);
      const quick = `[backends.local.http2]\nkeep_alive_interval = 1\nkeep_alive_timeout = 2\n[backends.local.quic]\nkeep_alive_interval = 1\nmax_idle_timeout = 4`;
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
        await sleep(4_000);
        await held.echo();
        t.diagnostic(`${days} days ahead: the first request took ${ms.toFixed(0)} ms`);
      }
      assert.equal(held.count("open"), 10);
      assert.deepEqual(clientProcess.lines.slice(since).filter(isDown), []);
    });
  }
});
