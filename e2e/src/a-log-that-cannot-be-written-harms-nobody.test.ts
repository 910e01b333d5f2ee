// R22
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { askAdmin, sampleOf, until } from "./harness/admin.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { backendTable, Folder, makeCertificates } from "./harness/pair.ts";
import { needs } from "./harness/programs.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const command = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
/** The daemon with its standard error where a redirection of bash says. */
const redirected = (redirection: string): readonly string[] => [
  "bash",
  "-c",
  `exec "$@" ${redirection}`,
  "bash",
  process.execPath,
  command,
];

/** A client and a server whose logs go to two places, on ports that are known beforehand: the log cannot tell them. */
const startLogging = async (placeOf: (role: "client" | "server") => string) => {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await Folder.make());
  await makeCertificates(folder);
  const [server, proxy, ...admins] = await Promise.all(Array.from({ length: 4 }, freePort));
  const at = (port: number | undefined): string => `127.0.0.1:${port}`;
  const keys = `auth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"`;
  const tomls = {
    server: `listen_address = "${at(server)}"\nmetric_address = "${at(admins[0])}"\n${keys}\n`,
    client: `listen_address = "${at(proxy)}"\nmetric_address = "${at(admins[1])}"\n${backendTable("local", at(server))}`,
  };
  const daemons: DaemonProcess[] = [];
  for (const role of ["server", "client"] as const) {
    const file = await folder.write(`${role}.toml`, tomls[role]);
    daemons.push(started.use(new DaemonProcess([role, "-c", file], { program: redirected(placeOf(role)) })));
  }
  for (const admin of admins) {
    const ready = async (): Promise<number> => {
      try {
        return (await askAdmin(at(admin), "/readyz")).status;
      } catch {
        return 0;
      }
    };
    await until(ready, (status) => status === 200, "ready");
  }
  const stack = started.move();
  return {
    daemons,
    admins: admins.map(at),
    proxy: at(proxy),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

type Logging = Awaited<ReturnType<typeof startLogging>>;

const droppedBy = async (admin: string): Promise<number> =>
  sampleOf((await askAdmin(admin, "/metrics")).text, "octoproxy_log_lines_dropped_total") ?? -1;

const useTunnels = async ({ proxy }: Logging, target: EchoTarget, count: number): Promise<void> => {
  for (let done = 0; done < count; done++) {
    const { status, socket, head } = await connectThrough(proxy, target.address);
    assert.equal(status, 200, head);
    socket.destroy();
  }
};

/** Both daemons lose lines, count each, and serve as ever. */
const losesLinesAndNothingElse = async (pair: Logging): Promise<void> => {
  await using target = await EchoTarget.start();
  using sibling = await HeldTunnels.open(pair.proxy, target.address, 2);
  await useTunnels(pair, target, 100);
  for (const admin of pair.admins) {
    const dropped = await until(
      () => droppedBy(admin),
      (count) => count >= 100,
      "a line a tunnel is lost",
    );
    assert.ok(dropped < 1000, `${dropped} lines lost`);
    const active = async (): Promise<string> =>
      /^octoproxy_tunnels_active\{[^}]*\} (\d+)$/m.exec((await askAdmin(admin, "/metrics")).text)?.[1] ?? "";
    await until(active, (count) => count === "2", "the gauge is right");
  }
  await sibling.echo();
  for (const daemon of pair.daemons) assert.ok(daemon.running);
};

const needsBash = { skip: needs("bash") };

test("a log on a full device: both daemons live, and count the lines that are lost", needsBash, async () => {
  await using pair = await startLogging(() => "2>/dev/full");
  await losesLinesAndNothingElse(pair);
  for (const daemon of pair.daemons.toReversed()) {
    daemon.kill("SIGTERM");
    assert.equal(await daemon.exit(), 0);
  }
});

test(
  "a log into a pipe whose reader is gone: both daemons live, and count the lines that are lost",
  needsBash,
  async () => {
    await using pair = await startLogging(() => "2> >(exec head -c 1)");
    await losesLinesAndNothingElse(pair);
  },
);

/** Why no small disk can be had here, or false. */
const noMount = (): string | false => {
  if (process.env.OCTOPROXY_NO_SKIP !== undefined) return false;
  return spawnSync("unshare", ["-m", "true"]).status === 0 ? false : "a file system may not be mounted here";
};

test("a log on a disk that is full and has room again: the log tells how many lines are missing", {
  skip: needs("bash", "mount") || noMount(),
}, async () => {
  await using folder = await Folder.make();
  const disk = folder.file("disk");
  await mkdir(disk);
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).status, 0);
  try {
    await using pair = await startLogging((role) => `2>>${disk}/${role}.log`);
    await using target = await EchoTarget.start();
    await useTunnels(pair, target, 5);
    // Whatever is free goes to somebody else.
    await writeFile(`${disk}/other`, Buffer.alloc(256 * 1024)).catch(() => undefined);
    assert.equal((await statfs(disk)).bavail, 0);
    await useTunnels(pair, target, 200);
    const lost = await Promise.all(
      pair.admins.map((admin) =>
        until(
          () => droppedBy(admin),
          (count) => count > 50,
          "lines are lost",
        ),
      ),
    );
    await rm(`${disk}/other`);
    await useTunnels(pair, target, 5);
    for (const [index, role] of (["server", "client"] as const).entries()) {
      const text = await until(
        () => readFile(`${disk}/${role}.log`, "utf8"),
        (written) => written.includes("log lines were dropped"),
        "the log tells what is missing",
      );
      const told = text
        .split("\n")
        .filter((line) => line.includes("log lines were dropped"))
        .map((line) => Number(JSON.parse(line).lines));
      const total = told.reduce((sum, lines) => sum + lines, 0);
      assert.ok(
        total >= lost[index]! && total <= (await droppedBy(pair.admins[index]!)),
        `${told} of ${lost[index]}`,
      );
    }
  } finally {
    spawnSync("umount", ["-l", disk]);
  }
});
