import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { repository, runScript } from "./harness/binary.ts";
import { Folder } from "./harness/pair.ts";
import { run } from "./harness/programs.ts";

describe("the npm package", () => {
  let packed: string;
  before(async () => {
    const said = await runScript("build-npm");
    packed = join(repository, said.split(" ")[0]!);
  });

  test("installs with nothing from a registry, and works", async () => {
    await using folder = await Folder.make();
    const prefix = folder.file("prefix");
    // No registry is asked: the code of every package is inside.
    const flags = [
      "--offline",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      "--cache",
      folder.file("cache"),
    ];
    const env = {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: folder.path,
    };
    const done = await run("npm", ["install", "-g", "--prefix", prefix, ...flags, packed], { env });
    assert.equal(done.status, 0, done.stderr);
    const program = join(prefix, "bin/octoproxy");
    const octoproxy = (...args: string[]) => run(program, args, { cwd: folder.path, env });
    const made = await octoproxy("init", "d", "--server-listen", `127.0.0.1:${await freePort()}`);
    assert.equal(made.status, 0, made.stderr);
    for (const args of [["--version"], ["check", "-c", "d/client.toml"], ["doctor", "-c", "d/server.toml"]]) {
      const { status, stdout, stderr } = await octoproxy(...args);
      assert.deepEqual([status, stderr], [0, ""], stdout.toString());
    }
    // QUIC is found: without its addon this would be a fault.
    const toml = readFileSync(folder.file("d/client.toml"), "utf8").replace('"auto"', '"quic"');
    await folder.write("d/client.toml", toml);
    const quic = await octoproxy("check", "-c", "d/client.toml");
    assert.equal(quic.status, 0, quic.stderr);
    const module = join(prefix, "lib/node_modules/octoproxy/dist/quic/endpoint.js");
    const text = `const { QuicEndpoint } = await import(${JSON.stringify(module)}); const e = new QuicEndpoint({}); console.log(typeof e.address); await e.close();`;
    const used = await run(process.execPath, ["--input-type=module", "-e", text]);
    assert.deepEqual([used.stdout.toString(), used.status], ["string\n", 0], used.stderr);
  });

  test("holds what belongs into it and nothing else", async () => {
    const { stdout } = await run("tar", ["tzf", packed]);
    const files = stdout.toString().trim().split("\n");
    for (const wanted of ["LICENSE", "THIRD-PARTY-NOTICES", "dist/quic/endpoint.d.ts", "bin/octoproxy.js"]) {
      assert.ok(files.includes(`package/${wanted}`), wanted);
    }
    const foreign = files.filter((file) => /\.test\.|\.rs$|target\/|src\/|\.ts$|\.map$/.test(file));
    assert.deepEqual(
      foreign.filter((file) => !/^package\/dist\/quic\/[a-z-]+\.d\.ts$/.test(file)),
      [],
    );
    const manifest = JSON.parse(readFileSync(join(repository, "dist/npm/package.json"), "utf8"));
    // Found where somebody installs it beside octoproxy, and asked for of nobody.
    assert.deepEqual(Object.keys(manifest.peerDependencies), ["@fails-components/webtransport"]);
    assert.deepEqual(manifest.peerDependenciesMeta, { "@fails-components/webtransport": { optional: true } });
    assert.equal(manifest.dependencies, undefined);
    const notices = readFileSync(join(repository, "dist/npm/THIRD-PARTY-NOTICES"), "utf8");
    for (const name of ["zod", "fastify", "pino", "commander", "ink", "react", "quinn", "ring"]) {
      assert.match(notices, new RegExp(`^${name} \\d`, "m"));
    }
    const platforms = readdirSync(join(repository, "packages/quic/prebuilds"));
    for (const platform of platforms.filter((entry) => entry.startsWith("linux"))) {
      assert.ok(files.includes(`package/prebuilds/${platform}/octo-quic.node`), platform);
    }
  });
});
