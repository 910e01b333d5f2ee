// R26
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { watch } from "node:fs";
import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { expectDone, Folder, octoproxy } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const command = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));

const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

/** A folder with an authority, and the arguments that make a leaf of that name. */
const start = async (folder: Folder): Promise<(name: string, ...more: string[]) => string[]> => {
  const certs = folder.file("certs");
  await expectDone(["easycert", "ca", "ca", "--common-name", "ca", "-o", certs]);
  const signed = [
    "--common-name",
    "x",
    "--san",
    "DNS:x",
    "--cacert",
    `${certs}/ca.crt`,
    "--cakey",
    `${certs}/ca.key`,
    "-o",
    certs,
  ];
  return (name, ...more) => ["easycert", "gen", name, ...signed, ...more];
};

test("keys have mode 0600 and certificates 0644, whatever the umask", { skip: needs("bash") }, async () => {
  for (const mask of ["022", "000", "077"]) {
    await using folder = await Folder.make();
    const gen = await start(folder);
    const script = `umask ${mask}; exec "$@"`;
    const { status, stderr } = await run("bash", [
      "-c",
      script,
      "bash",
      process.execPath,
      command,
      ...gen("leaf"),
    ]);
    assert.equal(status, 0, stderr);
    assert.equal(await modeOf(folder.file("certs/leaf/leaf.key")), "600", mask);
    assert.equal(await modeOf(folder.file("certs/leaf/leaf.crt")), "644", mask);
    assert.equal(await modeOf(folder.file("certs/ca.key")), "600");
  }
});

test("a symbolic link at the target is not followed, with and without --force", async () => {
  await using folder = await Folder.make();
  const gen = await start(folder);
  const victim = await folder.write("victim", "precious");
  await mkdir(folder.file("certs/leaf"));
  for (const target of [victim, folder.file("nothing")]) {
    for (const name of ["leaf.key", "leaf.crt"]) {
      const link = folder.file(`certs/leaf/${name}`);
      await symlink(target, link);
      const { status, stderr } = await octoproxy(gen("leaf"));
      assert.equal(status, 1, stderr);
      assert.match(stderr, /exists already, nothing was written/);
      assert.ok((await lstat(link)).isSymbolicLink());
      assert.equal((await octoproxy(gen("leaf", "--force"))).status, 0);
      assert.ok((await lstat(link)).isFile(), "the link is replaced, not followed");
      assert.equal(await readFile(victim, "utf8"), "precious");
      for (const file of await readdir(folder.file("certs/leaf")))
        await rm(folder.file(`certs/leaf/${file}`));
    }
  }
  await assert.rejects(stat(folder.file("nothing")));
  // Nor the folder of that name.
  await mkdir(folder.file("elsewhere"));
  await symlink(folder.file("elsewhere"), folder.file("certs/linked"));
  const { status, stderr } = await octoproxy(gen("linked"));
  assert.equal(status, 1, stderr);
  assert.deepEqual(await readdir(folder.file("elsewhere")), []);
});

test("an existing key or certificate is not overwritten, and nothing is written beside it", async () => {
  await using folder = await Folder.make();
  const gen = await start(folder);
  for (const taken of ["leaf.key", "leaf.crt"]) {
    const leaf = folder.file(`certs/${taken}-only`);
    await mkdir(leaf);
    const name = `${taken}-only`;
    const file = `${leaf}/${name}.${taken.slice(-3)}`;
    await writeFile(file, "old");
    const { status, stderr } = await octoproxy(gen(name));
    assert.equal(status, 1);
    assert.match(stderr, /exists already, nothing was written; --force overwrites it/);
    assert.equal(await readFile(file, "utf8"), "old");
    assert.equal((await readdir(leaf)).length, 1);
  }
});

test("a name that leaves the folder is refused", async () => {
  await using folder = await Folder.make();
  const gen = await start(folder);
  const before = (await readdir(folder.path, { recursive: true })).sort();
  for (const name of ["../out", "..", ".", "a/b", "/tmp/octoproxy-e2e-escaped", "a\\b", "a\nb", ""]) {
    const { status, stderr } = await octoproxy(gen(name));
    assert.equal(status, 2, `${JSON.stringify(name)}: ${stderr}`);
    assert.doesNotMatch(stderr, /\n +at /);
  }
  assert.deepEqual((await readdir(folder.path, { recursive: true })).sort(), before);
});

/** Starts making a leaf and kills it as soon as something appears where it is to be. */
const killedInTheMiddle = async (folder: Folder, name: string, args: readonly string[]): Promise<void> => {
  const leaf = folder.file(`certs/${name}`);
  await mkdir(leaf);
  const seen = new AbortController();
  const child = spawn(process.execPath, [command, ...args], { stdio: "ignore" });
  const watcher = watch(leaf, { signal: seen.signal }, () => child.kill("SIGKILL"));
  watcher.on("error", () => undefined);
  await once(child, "exit");
  seen.abort();
};

test("killed in the middle of writing: no half file, no key that others can read", async (t) => {
  await using folder = await Folder.make();
  const gen = await start(folder);
  const rounds = process.env.OCTOPROXY_FULL === undefined ? 16 : 200;
  const left: Record<string, number> = {};
  for (let round = 0; round < rounds; round += 4) {
    await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const name = `leaf${round + index}`;
        await killedInTheMiddle(folder, name, gen(name));
        const files = await readdir(folder.file(`certs/${name}`));
        const kinds = files.map((file) => (file.endsWith(".tmp") ? "tmp" : file.slice(-3)));
        left[kinds.sort().join("+")] = (left[kinds.join("+")] ?? 0) + 1;
        for (const file of files) {
          const path = folder.file(`certs/${name}/${file}`);
          const kind = file.endsWith(".tmp") ? "tmp" : file.slice(-3);
          if (kind !== "crt" && !file.includes(".crt.")) assert.equal(await modeOf(path), "600", file);
          if (kind === "tmp") continue;
          const text = await readFile(path, "utf8");
          if (kind === "key") createPrivateKey(text);
          else new X509Certificate(text);
        }
        // What is left does not stand in the way.
        assert.equal((await octoproxy(gen(name, "--force"))).status, 0);
        const certificate = new X509Certificate(await readFile(folder.file(`certs/${name}/${name}.crt`)));
        assert.ok(
          certificate.checkPrivateKey(
            createPrivateKey(await readFile(folder.file(`certs/${name}/${name}.key`))),
          ),
        );
      }),
    );
  }
  t.diagnostic(`left after the kill: ${JSON.stringify(left)}`);
});
