import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serveGit } from "../harness/git-origin.ts";
import { Folder } from "../harness/pair.ts";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

let root = "";

programTest(
  "git clones, pushes and fetches over https, by http.proxy and SOCKS",
  { skip: needs("git"), serve: (request, response) => serveGit(root, request, response) },
  async ({ succeed, proxy, ca, origin, logged }) => {
    await using folder = await Folder.make();
    root = folder.path;
    const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
    const git = (cwd: string, ...args: string[]) =>
      succeed(
        "git",
        ["-c", `http.sslCAInfo=${ca}`, "-c", "user.name=e2e", "-c", "user.email=e2e@origin.test", ...args],
        { cwd, env },
      );
    await git(root, "init", "-q", "--bare", "-b", "main", "project.git");
    const byHttp = ["-c", `http.proxy=${proxy}`];
    const bySocks = ["-c", `http.proxy=${proxy.replace("http:", "socks5h:")}`];
    const url = "https://origin.test/project.git";
    await git(root, ...byHttp, "clone", "-q", url, "one");
    const one = join(root, "one");
    await writeFile(join(one, "large.bin"), Buffer.alloc(8 << 20, 7));
    await writeFile(join(one, "readme"), "first");
    await git(one, "add", ".");
    await git(one, "commit", "-qm", "first");
    await git(one, ...byHttp, "push", "-q", "origin", "HEAD:main");
    await git(root, ...bySocks, "clone", "-q", url, "two");
    const two = join(root, "two");
    await git(two, "-c", `http.proxy=${proxy}`, "fetch", "-q");
    const told = await git(two, "log", "--format=%s", "origin/main");
    assert.equal(told.stdout.toString(), "first\n");
    await logged("connect", "origin.test:443");
    await logged("socks5", "origin.test:443");
    assert.ok(origin.seen.some(({ method, path }) => method === "POST" && path.endsWith("git-receive-pack")));
  },
);
