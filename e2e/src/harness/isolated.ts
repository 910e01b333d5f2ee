import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const mark = "OCTOPROXY_E2E_ISOLATED";

/** Whether this process has a network and an `/etc/hosts` of its own. */
export const isolated = process.env[mark] !== undefined;

/** Why that cannot be had here, or false. */
const notAllowed = (): string | false => {
  if (process.env.OCTOPROXY_NO_SKIP !== undefined) return false;
  const { status } = spawnSync("unshare", ["-nm", "true"]);
  return status === 0 ? false : "namespaces are not allowed here";
};

export interface Isolation {
  /** Lines of `/etc/hosts`. */
  readonly hosts: readonly string[];
  /** Addresses with their prefixes that loopback has beside its own. */
  readonly addresses: readonly string[];
}

/**
 * Runs the tests of a file in network and mount namespaces of their own: the file is started anew there, and
 * `tests` are only its tests then. Skipped where that needs more rights than there are.
 */
export const inIsolation = (file: string, { hosts, addresses }: Isolation, tests: () => void): void => {
  if (isolated) {
    must("ip", "link", "set", "lo", "up");
    for (const address of addresses) must("ip", "addr", "add", address, "dev", "lo");
    const own = join(tmpdir(), `octoproxy-hosts-${process.pid}`);
    writeFileSync(own, `${hosts.join("\n")}\n`);
    must("mount", "--bind", own, "/etc/hosts");
    process.on("exit", () => spawnSync("rm", [own]));
    tests();
    return;
  }
  test("in a network of its own", { skip: notAllowed() }, (t) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const options = ["--enable-source-maps", "--test", "--test-force-exit", "--test-reporter=spec"];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["-nm", process.execPath, ...options, fileURLToPath(file)],
      { env: { ...env, [mark]: "1" }, encoding: "utf8", timeout: 100_000 },
    );
    for (const line of stdout.split("\n")) if (/✔|✖|ℹ (pass|fail)/.test(line)) t.diagnostic(line);
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
  });
};

const must = (program: string, ...args: readonly string[]): void => {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
};
