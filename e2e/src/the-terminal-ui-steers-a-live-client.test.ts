import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { askAdmin } from "./harness/admin.ts";
import {
  backendTable,
  Folder,
  makeCertificates,
  octoproxy,
  startClient,
  startServer,
} from "./harness/pair.ts";
import { needs } from "./harness/programs.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";
import { TmuxWindow } from "./harness/tmux-window.ts";

const skip = needs("tmux");
const octoproxyBin = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
const tuiCommand = (port: number): string => `'${process.execPath}' '${octoproxyBin}' tui -p ${port}`;

/** A client before two servers; it can be killed and comes back with the same admin API. */
const startDaemons = async () => {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await Folder.make());
  await makeCertificates(folder);
  const tokyo = await startServer(folder, { name: "tokyo" });
  starting.use(tokyo.process);
  const osaka = await startServer(folder, { name: "osaka" });
  starting.use(osaka.process);
  const target = starting.use(await TcpTarget.start());
  const port = await freePort();
  const tables = backendTable("tokyo", tokyo.address) + backendTable("osaka", osaka.address);
  const head = `metric_address = "127.0.0.1:${port}"\nbalance = "first"\n`;
  const startOne = async () => {
    const client = await startClient(folder, `${head}${tables}`);
    for (const name of ["tokyo", "osaka"])
      await client.process.line((line) => line.backend === name && line.status === "normal", `${name} up`);
    return client;
  };
  const client = await startOne();
  starting.use(client.process);
  const parts = starting.move();
  return {
    port,
    client,
    target,
    startAgain: async () => {
      const again = await startOne();
      parts.use(again.process);
      return again;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
};

/** The row of a backend. */
const rowOf = (screen: string, name: string): string =>
  screen.split("\n").find((line) => line.includes(` ${name} `) && /[●○◌✗]/.test(line)) ?? "";

/** A frame without what differs from run to run: addresses, figures with their units, bars, and the widths they make. */
const masked = (screen: string): string =>
  screen
    .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
    .replace(/ is up \((quic|http2)\)/g, " is up (PROTOCOL)")
    .replace(/[▁▂▃▄▅▆▇]+/g, "~")
    .replace(/—/g, "0")
    .replace(/\d[\d.,]*[kMG]?( ?(ms|[smhd]|[kMG]?B(\/s)?|connections?)\b)*( \d+ [sm]\b)?/g, "#")
    .replace(/[ ─]+/g, " ")
    .replace(/( │)+ (?=│)/g, " ");

const compare = (screen: string, name: string): void => {
  const file = new URL(`../src/frames/${name}.txt`, import.meta.url);
  if (process.env.UPDATE_FRAMES !== undefined) writeFileSync(file, masked(screen));
  assert.equal(masked(screen), readFileSync(file, "utf8"), "UPDATE_FRAMES=1 writes it anew");
};

const isWhole = (screen: string, columns: number, rows: number): void => {
  const lines = screen.split("\n").slice(0, -1);
  assert.equal(lines.length, rows);
  const boxes = lines.filter((line) => line.startsWith(" │"));
  assert.ok(boxes.length > rows / 2);
  for (const line of boxes) assert.equal([...line].length, columns - 1, line);
};

test("backends are steered from the terminal, and a killed daemon is lost and found", {
  skip,
  timeout: 180_000,
}, async () => {
  await using daemons = await startDaemons();
  const { port, target } = daemons;
  const admin = `127.0.0.1:${port}`;
  const open: Socket[] = [];
  const openTunnel = async (proxy: string): Promise<void> => {
    const { socket, status } = await connectThrough(proxy, target.address);
    assert.equal(status, 200);
    open.push(socket.on("error", () => undefined));
  };
  const protocolOf = async (name: string) =>
    (await askAdmin(admin, `/api/v1/backends/${name}`)).json<{ protocol: { configured: string } }>().protocol
      .configured;
  await using window = await TmuxWindow.open(tuiCommand(port), { columns: 80, rows: 24 });
  await window.until(
    (screen) => /● up/.test(rowOf(screen, "tokyo")) && /● up/.test(rowOf(screen, "osaka")),
    "both up",
  );
  for (let times = 0; times < 3; times++) await openTunnel(daemons.client.proxy);
  const small = await window.until(/Tunnels \(3\)/, "the tunnels");
  isWhole(small, 80, 24);
  compare(small, "terminal-ui-80x24");

  await window.press("Space");
  await window.until(/Disable tokyo: its 3 tunnels finish\?/, "the question");
  await window.press("y");
  await window.until((screen) => /○ disabled +3 /.test(rowOf(screen, "tokyo")), "tokyo is disabled");
  await openTunnel(daemons.client.proxy);
  await window.until((screen) => /● up +1 /.test(rowOf(screen, "osaka")), "the new tunnel goes to osaka");
  await window.press("Space");
  await window.until((screen) => /● up/.test(rowOf(screen, "tokyo")), "tokyo is enabled");

  await window.press("s");
  await window.until(/Protocol of tokyo:.*a auto/, "the choice");
  await window.press("a");
  await window.until(/tokyo is switched to auto/, "the switch");
  assert.equal(await protocolOf("tokyo"), "auto");
  await window.press("3");
  await window.until(/tokyo is switched from http2 to auto[\s\S]*tokyo is up \(/, "the events");
  await window.press("1");
  await window.press("j", "r");
  await window.until(/Reset osaka/, "the question");
  await window.press("n");
  await window.until((screen) => !/Reset osaka/.test(screen), "no means no");
  await window.press("r", "y");
  await window.until(/osaka is connected anew/, "the reset");
  await window.press("3");
  await window.until(/osaka is reset[\s\S]*osaka is up \(/, "the events");
  await window.press("1");

  daemons.client.process.kill("SIGKILL");
  await window.until(/✗ lost .*[\s\S]*as of .* ago[\s\S]*nothing listens on/, "the daemon is lost");
  await window.press("Space");
  await window.until(/✗ lost/, "nothing was sent to nobody");
  const again = await daemons.startAgain();
  for (let times = 0; times < 2; times++) await openTunnel(again.proxy);
  await window.until(
    (screen) => !/lost/.test(screen) && /● up +2 /.test(rowOf(screen, "tokyo")),
    "it is there again",
  );

  await window.resize(200, 60);
  const large = await window.until(
    (screen) => /cert │/.test(screen) && screen.split("\n").length > 60,
    "the large frame",
  );
  isWhole(large, 200, 60);
  compare(large, "terminal-ui-200x60");
  await window.press("q");
  const after = await window.until(/ended: 0/, "the end");
  assert.doesNotMatch(after, /Backends/, "the screen that was there before is there again");
  for (const socket of open) socket.destroy();
});

test("NO_COLOR is colourless, and without it there is colour", { skip, timeout: 120_000 }, async () => {
  await using daemons = await startDaemons();
  const sgr = /\u001b\[[0-9;]*[1-9]m/;
  for (const [env, colour] of [
    [{ NO_COLOR: "1", CI: "true" }, false],
    [{ NO_COLOR: "", CI: "true" }, true],
  ] as const) {
    await using window = await TmuxWindow.open(tuiCommand(daemons.port), { columns: 80, rows: 24 }, env);
    await window.until((screen) => /● up/.test(rowOf(screen, "osaka")), "osaka up");
    assert.equal(sgr.test(await window.screen(true)), colour);
  }
});

test("--once prints a frame of a live client for scripts", async () => {
  await using daemons = await startDaemons();
  const { status, stdout, stderr } = await octoproxy(["tui", "--once", "-p", `${daemons.port}`]);
  assert.equal(status, 0, stderr);
  assert.match(stdout.toString(), /Backends \(2\)[\s\S]* tokyo /);
  const refused = await octoproxy(["tui", "-p", `${daemons.port}`]);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^octoproxy tui: needs a terminal/);
});
