import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtEnd } from "../children.ts";

const here = fileURLToPath(new URL("../../..", import.meta.url));

/** A commit, built in a folder of its own. */
export interface BuiltTree {
  readonly commit: string;
  /** Its command line. */
  readonly command: string;
  remove(): void;
}

/**
 * Checks the commit out beside this tree, installs what its lockfile names and builds it.
 * @throws Error where git does not know the commit, or where it does not build.
 */
export const buildTree = (commit: string): BuiltTree => {
  const run = (program: string, args: readonly string[], cwd: string): string =>
    execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  const full = run("git", ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`], here);
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-compare-"));
  removeAtEnd(folder);
  const tree = join(folder, "tree");
  run("git", ["worktree", "add", "--detach", "--force", tree, full], here);
  let removed = false;
  const remove = (): void => {
    if (removed) return;
    removed = true;
    run("git", ["worktree", "remove", "--force", tree], here);
  };
  process.on("exit", remove);
  run("npx", ["--yes", "pnpm@12", "install", "--frozen-lockfile", "--reporter=silent"], tree);
  run("node_modules/.bin/tsc", ["-b", "packages/octoproxy"], tree);
  return { commit: full.slice(0, 9), command: join(tree, "packages/octoproxy/bin/octoproxy.js"), remove };
};
