import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { builtBinary } from "./harness/binary.ts";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { fetchThrough } from "./harness/fetch-through.ts";
import { page, startOrigin } from "./harness/origin.ts";
import { Folder } from "./harness/pair.ts";
import { type Outcome, run } from "./harness/programs.ts";

/** Nothing of a machine but its kernel: no PATH, no home, no Node. */
const bare = { PATH: "" };

describe("one file", () => {
  let built: string;
  before(async () => {
    built = await builtBinary();
  });

  /** The file under another name in an empty folder. */
  const copied = (folder: Folder): string => {
    const program = folder.file("another-name");
    copyFileSync(built, program);
    return program;
  };
  const octoproxy = (
    program: string,
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = bare,
  ): Promise<Outcome> => run(program, args, { cwd, env });

  test("its digest stands beside it", () => {
    const [digest, name] = readFileSync(`${built}.sha256`, "utf8").trim().split("  ");
    assert.equal(digest, createHash("sha256").update(readFileSync(built)).digest("hex"));
    assert.equal(name, "octoproxy");
  });

  for (const protocol of ["http2", "quic"]) {
    test(`a page through ${protocol}, with nothing but the file`, async () => {
      await using folder = await Folder.make();
      const program = copied(folder);
      const [server, client, admin] = await Promise.all([freePort(), freePort(), freePort()]);
      const at = (port: number): string => `127.0.0.1:${port}`;
      const flags = [
        "--server-listen",
        at(server),
        "--client-listen",
        at(client),
        "--metric-address",
        at(admin),
      ];
      const made = await octoproxy(program, ["init", "d", ...flags], folder.path);
      assert.equal(made.status, 0, made.stderr);
      const toml = folder.file("d/client.toml");
      await folder.write("d/client.toml", readFileSync(toml, "utf8").replace('"auto"', `"${protocol}"`));

      const options = { program: [program], cwd: folder.path, env: bare, onlyEnv: true };
      await using far = new DaemonProcess(["server", "-c", "d/server.toml"], options);
      await far.listening(protocol);
      await using near = new DaemonProcess(["client", "-c", "d/client.toml"], options);
      await near.listening("admin");
      const up = await near.line((line) => line.msg === "backend" && line.status === "normal", "backend up");
      assert.equal(up.protocol, protocol);
      await using origin = await startOrigin();
      const { status, body } = await fetchThrough(at(client), `${origin.url}/`);
      assert.deepEqual([status, body.toString()], [200, page]);

      for (const args of [
        ["check", "-c", "d/client.toml"],
        ["check", "-c", "d/server.toml"],
        ["explain", "example.com:443", "-a", at(admin)],
        ["healthcheck", "-c", "d/client.toml"],
        ["healthcheck", "-c", "d/server.toml"],
        ["reload", "-a", at(admin)],
        ["easycert", "show", "d/server/server.crt"],
        ["tui", "--once", "-a", at(admin)],
        ["doctor", "-c", "d/client.toml"],
        ["doctor", "-c", "d/server.toml"],
        ["completion", "bash"],
        ["--version"],
      ]) {
        const done = await octoproxy(program, args, folder.path);
        assert.equal(done.status, 0, `${args.join(" ")}: ${done.stderr}`);
      }
      for (const daemon of [near, far]) {
        daemon.kill("SIGTERM");
        assert.equal(await daemon.exit(), 0);
      }
    });
  }

  test("the environment cannot put options of Node into it", async () => {
    await using folder = await Folder.make();
    const env = { ...bare, NODE_OPTIONS: "--require /nowhere.cjs" };
    const { status, stderr } = await octoproxy(built, ["--version"], folder.path, env);
    assert.deepEqual([status, stderr], [0, ""]);
  });
});
