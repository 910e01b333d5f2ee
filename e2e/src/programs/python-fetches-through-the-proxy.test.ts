import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { page } from "../harness/origin.ts";
import { programTest } from "../harness/program-test.ts";
import { needs } from "../harness/programs.ts";

const urllib = `
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
for url in sys.argv[2:]:
    handler = urllib.request.HTTPSHandler(context=context)
    sys.stdout.write(urllib.request.build_opener(handler).open(url).read().decode())
`;

const withRequests = `
import sys, requests
ca, proxy, *urls = sys.argv[1:]
session = requests.Session()
session.verify = ca
if proxy: session.proxies = {"http": proxy, "https": proxy}
for url in urls * 2:
    answer = session.get(url, timeout=20)
    answer.raise_for_status()
    sys.stdout.write(answer.text)
`;

const needsRequests = (): string | false => {
  const missing = needs("python3");
  if (missing !== false || process.env.OCTOPROXY_NO_SKIP !== undefined) return missing;
  return spawnSync("python3", ["-c", "import requests"]).status !== 0 && "requests for Python not installed";
};

const urls = ["http://origin.test/", "https://origin.test/"];

programTest("Python's urllib", { skip: needs("python3") }, async ({ succeed, proxy, ca, logged }) => {
  const env = { http_proxy: proxy, https_proxy: proxy };
  const { stdout } = await succeed("python3", ["-c", urllib, ca, ...urls], { env });
  assert.equal(stdout.toString(), page.repeat(2));
  await logged("forward", "origin.test:80");
  await logged("connect", "origin.test:443");
});

programTest(
  "Python's requests",
  { skip: needsRequests() },
  async ({ succeed, proxy, ca, origin, logged }) => {
    for (const [setting, env] of [
      [proxy, {}],
      ["", { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, REQUESTS_CA_BUNDLE: ca }],
    ] as const) {
      const { stdout } = await succeed("python3", ["-c", withRequests, ca, setting, ...urls], { env });
      assert.equal(stdout.toString(), page.repeat(4));
    }
    await logged("forward", "origin.test:80");
    await logged("connect", "origin.test:443");
    assert.equal(origin.seen.length, 8);
  },
);
