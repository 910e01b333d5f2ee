import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { builtBinary, repository, runScript } from "./harness/binary.ts";
import { Folder } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const reason = needs("dpkg", "dpkg-deb");

describe("the Debian package", { skip: reason }, () => {
  let deb: string;
  before(async () => {
    await builtBinary();
    const said = await runScript("build-deb", "--fast");
    deb = join(repository, said.split(" ")[0]!);
  });

  /** A root of its own: nothing of this machine is touched. */
  const dpkg = (root: string, ...args: string[]) =>
    run("dpkg", [
      `--root=${root}`,
      "--force-script-chrootless",
      "--force-depends",
      "--force-not-root",
      ...args,
    ]);

  const filesBelow = (root: string): string[] =>
    globSync("**/*", { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .filter((path) => !path.startsWith("/var/"));

  test("is installed, works, and is removed without a trace", async () => {
    await using folder = await Folder.make();
    const root = folder.file("root");
    for (const name of ["info", "updates", "triggers"]) {
      mkdirSync(join(root, "var/lib/dpkg", name), { recursive: true });
    }
    writeFileSync(join(root, "var/lib/dpkg/status"), "");
    mkdirSync(join(root, "var/log"), { recursive: true });
    const installed = await dpkg(root, "-i", deb);
    assert.equal(installed.status, 0, installed.stderr);
    const files = filesBelow(root);
    for (const wanted of [
      "/usr/bin/octoproxy",
      "/usr/lib/systemd/system/octoproxy-server@.service",
      "/usr/share/man/man1/octoproxy-client.1.gz",
      "/usr/share/bash-completion/completions/octoproxy",
      "/etc/octoproxy/README",
      "/usr/share/doc/octoproxy/copyright",
    ]) {
      assert.ok(files.includes(wanted), wanted);
    }
    const program = join(root, "usr/bin/octoproxy");
    const { status, stdout } = await run(program, ["--version"], { env: { PATH: "" } });
    assert.equal(status, 0);
    assert.match(readFileSync(join(root, "var/lib/dpkg/status"), "utf8"), new RegExp(`Version: ${stdout}`));
    const removed = await dpkg(root, "--purge", "octoproxy");
    assert.equal(removed.status, 0, removed.stderr);
    assert.deepEqual(filesBelow(root), []);
    assert.equal(existsSync(join(root, "etc/octoproxy")), false);
  });

  test("its units are what systemd takes", { skip: needs("systemd-analyze") }, async () => {
    await using folder = await Folder.make();
    for (const kind of ["client", "server"]) {
      const unit = readFileSync(join(repository, `packaging/systemd/octoproxy-${kind}@.service`), "utf8");
      const here = unit
        .replace("/usr/bin/octoproxy", join(repository, "dist/octoproxy"))
        .replace(/^User=.*\nGroup=.*\n/m, "");
      const file = await folder.write(`octoproxy-${kind}@.service`, here);
      const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", file]);
      const about = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("octoproxy"));
      assert.deepEqual(about, []);
      assert.match(unit, /^Type=notify$/m);
      assert.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
      assert.ok(!/^MemoryDenyWriteExecute/m.test(unit), "V8 cannot bear it");
    }
  });
});
