import assert from "node:assert/strict";
import { page } from "../harness/origin.ts";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

programTest("curl, by HTTP, SOCKS5 and SOCKS4a", { skip: needs("curl") }, async (bench) => {
  const { succeed, proxy, ca, origin, logged } = bench;
  const curl = async (...args: string[]): Promise<void> => {
    const { stdout } = await succeed("curl", ["-sSf", "--cacert", ca, ...args]);
    assert.equal(stdout.toString(), page);
  };
  const address = proxy.slice("http://".length);
  await curl("-x", proxy, "http://origin.test/");
  await logged("forward", "origin.test:80");
  await curl("-x", proxy, "https://origin.test/");
  await logged("connect", "origin.test:443");
  await curl(
    "-x",
    `socks5h://${address}`,
    "https://origin.test/",
    "--next",
    "-sSf",
    "-o",
    "/dev/null",
    "-x",
    proxy,
    "http://origin.test/",
  );
  await logged("socks5", "origin.test:443");
  await curl("-x", `socks4a://${address}`, "http://origin.test/");
  await logged("socks4", "origin.test:80");
  const environment = { http_proxy: proxy, https_proxy: proxy };
  for (const scheme of ["http", "https"]) {
    const url = `${scheme}://origin.test/`;
    await succeed("curl", ["-sSf", "--cacert", ca, "-T", "-", url], { env: environment, input: "an upload" });
  }
  assert.deepEqual(
    origin.seen.map(({ method, secure, via }) => [method, secure, via !== undefined]),
    [
      ["GET", false, true],
      ["GET", true, false],
      ["GET", true, false],
      ["GET", false, true],
      ["GET", false, false],
      ["PUT", false, true],
      ["PUT", true, false],
    ],
  );
});

programTest("wget, by its options and by the environment", { skip: needs("wget") }, async (bench) => {
  const { succeed, proxy, ca, origin, logged } = bench;
  const wget = async (args: string[], env: Record<string, string> = {}): Promise<void> => {
    const { stdout } = await succeed("wget", ["-q", "-O", "-", `--ca-certificate=${ca}`, ...args], { env });
    assert.equal(stdout.toString(), page);
  };
  const options = ["-e", "use_proxy=yes", "-e", `http_proxy=${proxy}`, "-e", `https_proxy=${proxy}`];
  await wget([...options, "http://origin.test/"]);
  await wget([...options, "https://origin.test/"]);
  await wget(["https://origin.test/"], { https_proxy: proxy });
  await logged("forward", "origin.test:80");
  await logged("connect", "origin.test:443");
  assert.equal(origin.seen.length, 3);
});
