import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { connect } from "node:tls";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { Downloads } from "./harness/downloads.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { Fleet } from "./harness/fleet.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { startOrigin } from "./harness/origin.ts";
import { backendTable, expectDone, type Folder } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";
import { TunnelLoad } from "./harness/tunnel-load.ts";

const refusal = "reload refused, nothing was changed";

/** @returns the index of the log line that says what came of it. */
const reload = async (process: DaemonProcess, outcome: "reloaded" | typeof refusal): Promise<number> => {
  const since = process.lines.length;
  process.kill("SIGHUP");
  const line = await process.line(
    ({ msg }) => msg === "reloaded" || msg === refusal,
    "what came of it",
    since,
  );
  assert.equal(line.msg, outcome, process.transcript);
  return since;
};

const renew = (folder: Folder, name: string): Promise<void> => {
  const certs = folder.file("certs");
  const ca = ["--cacert", `${certs}/ca.crt`, "--cakey", `${certs}/ca.key`];
  return expectDone(["easycert", "renew", `${certs}/${name}/${name}.crt`, ...ca]);
};

/** Changes a file for as long as something is done. */
const changed = async (file: string, text: string, act: () => Promise<unknown>): Promise<void> => {
  const before = await readFile(file);
  await writeFile(file, text);
  try {
    await act();
  } finally {
    await writeFile(file, before);
  }
};

/** Files in the place of a key that must be refused: garbage, and the key of somebody else. */
const wrongKeys = async (folder: Folder, other: string): Promise<string[]> => [
  "no key",
  await readFile(folder.file(`certs/${other}/${other}.key`), "utf8"),
];

/** Everything that goes on while something is reloaded. */
const underLoad = async (fleet: Fleet, act: (held: HeldTunnels) => Promise<void>): Promise<string> => {
  await using target = await EchoTarget.start();
  await using origin = await startOrigin();
  using held = await HeldTunnels.open(fleet.proxy, target.address, 8);
  await using load = new TunnelLoad(fleet.proxy, target.address, 50);
  await using downloads = new Downloads(fleet.proxy, origin, 2_000_000, 3);
  await held.echo();
  await act(held);
  await load.more(15);
  await held.echo();
  assert.equal(held.count("open"), 8);
  const [tunnels, files] = [await load.end(), await downloads.end()];
  assert.deepEqual(tunnels.failed, []);
  assert.deepEqual(tunnels.cut, []);
  assert.deepEqual(files.failed, []);
  assert.ok(files.whole > 0 && tunnels.opened > 0);
  return `${tunnels.opened} tunnels, 0 failed, slowest ${tunnels.slowestMs} ms; ${files.whole} downloads whole`;
};

for (const transport of ["http2", "quic"] as const) {
  test(`client (${transport}): a backend added, one removed, a certificate renewed, what is broken refused`, async (context) => {
    await using fleet = await Fleet.start({ names: ["one", "two"], transport });
    await fleet.startServer("three");
    const { client, folder } = fleet;
    const file = folder.file("client.toml");
    const tables = (...names: string[]): string =>
      names.map((name) => backendTable(name, fleet.address(name), "", transport)).join("");
    const head = (await readFile(file, "utf8")).split("[backends")[0]!;
    const said = await underLoad(fleet, async (held) => {
      await writeFile(file, head + tables("two", "three"));
      const swapped = await reload(client, "reloaded");
      await fleet.isUp("three", swapped);
      await fleet.carries("three", client.lines.length);
      await held.echo(); // those through the removed one too
      const kept = client.lines
        .slice(swapped)
        .filter(({ msg, backend }) => msg === "backend" && backend === "two");
      assert.deepEqual(kept, [], "what did not change keeps its connection");

      const renewed = client.lines.length;
      await renew(folder, "client");
      await reload(client, "reloaded");
      for (const name of ["two", "three"]) await fleet.isUp(name, renewed);
      await fleet.carries("two", client.lines.length);

      await changed(file, `${head}balans = "first"\n${tables("two")}`, async () => {
        const broken = await reload(client, refusal);
        const fault = client.lines.slice(broken).find(({ key }) => key === "balans");
        assert.match(String(fault?.place), /client\.toml:\d+:\d+$/, client.transcript);
        await fleet.carries("three", client.lines.length);
      });
      for (const wrong of await wrongKeys(folder, "server")) {
        await changed(folder.file("certs/client/client.key"), wrong, async () => {
          const broken = await reload(client, refusal);
          assert.ok(
            client.lines.slice(broken).some(({ msg }) => msg.includes("client.key")),
            client.transcript,
          );
          await fleet.carries("three", client.lines.length);
        });
      }
      assert.deepEqual(
        client.lines.slice(renewed).filter(({ msg, status }) => msg === "backend" && status === "closed"),
        [],
      );
    });
    context.diagnostic(said);
  });
}

/** Fingerprint of the certificate that a new handshake sees. */
const presented = async (address: string, folder: Folder): Promise<string> => {
  const read = (name: string): Promise<Buffer> => readFile(folder.file(`certs/${name}`));
  const socket = connect({
    ...hostAndPort(address),
    servername: "localhost",
    ca: await read("ca.crt"),
    cert: await read("client/client.crt"),
    key: await read("client/client.key"),
    ALPNProtocols: ["h2"],
  });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
};

for (const transport of ["http2", "quic"] as const) {
  test(`server (${transport}): a certificate renewed for new handshakes, tunnels go on; what is broken refused`, async (context) => {
    await using fleet = await Fleet.start({ names: ["one"], transport });
    const { folder } = fleet;
    const server = fleet.server("one");
    const address = fleet.address("one");
    const said = await underLoad(fleet, async (held) => {
      const first = await presented(address, folder);
      await renew(folder, "server");
      await reload(server, "reloaded");
      const second = await presented(address, folder);
      assert.notEqual(second, first);
      await held.echo();

      const key = folder.file("certs/server/server.key");
      for (const wrong of await wrongKeys(folder, "client")) {
        await changed(key, wrong, async () => {
          const broken = await reload(server, refusal);
          assert.ok(
            server.lines.slice(broken).some(({ msg }) => msg.includes("server.key")),
            server.transcript,
          );
          assert.equal(await presented(address, folder), second);
        });
      }
      await changed(folder.file("one.toml"), "listen_adress = 1\n", async () => {
        const broken = await reload(server, refusal);
        assert.ok(
          server.lines.slice(broken).some((line) => line.key === "listen_adress"),
          server.transcript,
        );
      });
      assert.equal(await presented(address, folder), second);
      // The client's own next handshake sees it as well.
      const { length: since } = fleet.client.lines;
      await writeFile(
        folder.file("client.toml"),
        await readFile(folder.file("client.toml"), "utf8").then((text) =>
          text.replace("[backends.one]", "[backends.one]\nretry_timeout = 9"),
        ),
      );
      await reload(fleet.client, "reloaded");
      await fleet.isUp("one", since);
    });
    context.diagnostic(said);
  });
}
