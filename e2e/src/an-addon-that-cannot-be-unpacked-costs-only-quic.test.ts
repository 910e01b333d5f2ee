import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { builtBinary } from "./harness/binary.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { fetchThrough } from "./harness/fetch-through.ts";
import { page, startOrigin } from "./harness/origin.ts";
import { expectDone, Folder } from "./harness/pair.ts";
import { needs, type Outcome, run } from "./harness/programs.ts";

/** Options of a mount, and the reason that the executable gives where every folder is mounted so. */
const mounts = [
  ["noexec", "noexec,size=8m", "it is mounted noexec"],
  ["read-only", "ro", "it is read-only"],
  ["full", "size=64k", "no space is left"],
] as const;

const reason =
  process.getuid?.() === 0
    ? needs("mount", "unshare")
    : process.env.OCTOPROXY_NO_SKIP === undefined && "mounting needs root";

describe("the addon in the executable", () => {
  let built: string;
  before(async () => {
    built = await builtBinary();
  });

  /** A set whose client wants QUIC, and one that wants either; `tmp` beside them is the folder for temporary files. */
  const makeSet = async (): Promise<{ folder: Folder; proxy: string; env: Record<string, string> }> => {
    const folder = await Folder.make();
    mkdirSync(folder.file("tmp"));
    const [server, client] = (await Promise.all([freePort(), freePort()])).map(
      (port) => `127.0.0.1:${port}`,
    ) as [string, string];
    const flags = ["--server-listen", server, "--client-listen", client, "--metric-address", "off"];
    await expectDone(["init", folder.file("d"), ...flags]);
    const toml = readFileSync(folder.file("d/client.toml"), "utf8");
    await folder.write("d/quic.toml", toml.replace('"auto"', '"quic"'));
    return { folder, proxy: client, env: { PATH: process.env.PATH ?? "", TMPDIR: folder.file("tmp") } };
  };
  /** Arguments of `unshare`: folders are mounted anew, for this process alone. */
  const mounted = (options: string, folders: readonly string[], args: string): string[] => [
    "--mount",
    "sh",
    "-ec",
    `for folder in ${folders.join(" ")}; do mount -t tmpfs -o ${options} tmpfs $folder; done; exec "${built}" ${args}`,
  ];
  const everywhere = ["$TMPDIR", "/dev/shm", "/run"];

  for (const [kind, options, words] of mounts) {
    test(`every folder is ${kind}: HTTP/2 goes on, and QUIC says why`, { skip: reason }, async () => {
      const { folder, proxy, env } = await makeSet();
      await using _ = folder;
      const check = (file: string, folders: readonly string[] = everywhere): Promise<Outcome> =>
        run("unshare", mounted(options, folders, `check -c d/${file}`), { cwd: folder.path, env });
      const quic = await check("quic.toml");
      assert.equal(quic.status, 2, quic.stderr);
      assert.match(
        quic.stderr,
        /quic is not built into this copy \(QUIC cannot be used: it could not be unpacked/,
      );
      assert.ok(quic.stderr.includes(`/dev/shm: ${words}`), quic.stderr);
      assert.match(quic.stderr, /Point TMPDIR at a private folder that allows execution, or use HTTP\/2/);
      // One folder that will do is enough.
      const elsewhere = await check("quic.toml", everywhere.slice(0, 1));
      assert.equal(elsewhere.status, 0, elsewhere.stderr);

      await using server = new DaemonProcess(["server", "-c", "d/server.toml"], { cwd: folder.path });
      await server.listening("http2");
      await using client = new DaemonProcess(mounted(options, everywhere, "client -c d/client.toml"), {
        program: ["unshare"],
        cwd: folder.path,
        env,
      });
      const warned = await client.line(({ level }) => level === "warn", "why it is HTTP/2");
      assert.ok(warned.msg.includes(`/dev/shm: ${words}`), warned.msg);
      const up = await client.line(
        (line) => line.msg === "backend" && line.status === "normal",
        "backend up",
      );
      assert.equal(up.protocol, "http2");
      await using origin = await startOrigin();
      const { status, body } = await fetchThrough(proxy, `${origin.url}/`);
      assert.deepEqual([status, body.toString()], [200, page]);
    });
  }

  test("no folder takes the file, without the right to mount", async () => {
    const { folder, env } = await makeSet();
    await using _ = folder;
    // A limit on the size of files stands for a full disk.
    const limited = (file: string): Promise<Outcome> =>
      run("/bin/sh", ["-c", `ulimit -f 1; trap "" XFSZ; exec "${built}" check -c d/${file}`], {
        cwd: folder.path,
        env,
      });
    const auto = await limited("client.toml");
    assert.equal(auto.status, 0, auto.stderr);
    const quic = await limited("quic.toml");
    assert.equal(quic.status, 2);
    assert.match(quic.stderr, /could not be unpacked/);
  });
});
