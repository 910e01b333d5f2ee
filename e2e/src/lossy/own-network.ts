import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { needs } from "../harness/programs.ts";

/**
 * The `skip` of tests that need networks of their own: the file's process goes on in one, as if it had been started
 * there, and nothing of the machine's network is touched. Call it before the first test.
 */
export const ownNetwork = (): string | false => {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  // Nothing can be installed for it: skipped by name also where nothing else is.
  if (!existsSync("/dev/net/tun")) return "this kernel has no TUN devices (/dev/net/tun)";
  const missing = needs("unshare", "nsenter", "ip", "python3");
  if (missing !== false || process.env.OCTOPROXY_OWN_NETWORK !== undefined) return missing;
  const mayHave = process.getuid?.() === 0 && spawnSync("unshare", ["--net", "true"]).status === 0;
  if (!mayHave && process.env.OCTOPROXY_NO_SKIP === undefined) return "networks of its own need root";
  const { stdout } = spawnSync("which", ["unshare"], { encoding: "utf8" });
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, OCTOPROXY_OWN_NETWORK: "1" };
  return process.execve!(stdout.trim(), ["unshare", "--net", ...again], env);
};
