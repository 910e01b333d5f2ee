// R31: programs of others as clients of our server.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Listener } from "../transport.ts";
import { listenTest, portOf } from "./testing/endpoints.ts";
import { missing, run, versionOf } from "./testing/programs.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";

/** A proxy over HTTP/2 came with curl 8.1; Debian's 7.88 has none, so this skips even where nothing may be skipped. */
const curlWithoutProxyHttp2 = (): string | false => {
  const absent = missing("curl");
  if (absent !== false) return absent;
  const [, major, minor] = /^curl (\d+)\.(\d+)/.exec(versionOf("curl")) ?? [];
  return Number(major) * 100 + Number(minor) >= 801
    ? false
    : "this curl has no --proxy-http2 (8.1 and newer)";
};

describe("programs of others against our server", { skip: missing("openssl") }, () => {
  let certificates: TestCertificates;
  let listener: Listener;
  before(async () => {
    certificates = makeCertificates();
    listener = await listenTest(
      { ca: certificates.ca, ...certificates.server },
      { connection: () => {}, tunnel: serveTunnel, refused: () => {} },
    );
  });
  after(() => {
    listener.destroy();
    certificates[Symbol.dispose]();
  });
  const identity = () => [`--cert=${certificates.client.cert}`, `--key=${certificates.client.key}`];

  test("nghttp reads the refusal of a GET, many times on one connection", {
    skip: missing("nghttp"),
  }, async () => {
    const { output } = await run("nghttp", [
      "--verbose",
      "--multiply=20",
      ...identity(),
      `https://localhost:${portOf(listener)}/`,
    ]);
    assert.equal(output.match(/:status: 405/g)?.length, 20, output.slice(-2000));
    assert.match(output, /allow: CONNECT/);
    assert.doesNotMatch(output, /error_code=(?!NO_ERROR)/);
  });

  test("curl --proxy-http2 fetches through a tunnel", { skip: curlWithoutProxyHttp2() }, async () => {
    const { output } = await run("curl", [
      ...["--silent", "--show-error", "--proxy-http2", "--proxytunnel", "--max-time", "3"],
      ...["--proxy", `https://localhost:${portOf(listener)}`, "--proxy-cacert", certificates.ca],
      ...["--proxy-cert", certificates.client.cert, "--proxy-key", certificates.client.key],
      ...["--http0.9", "http://echo.test:7/"],
    ]);
    // The target echoes the request and does not end.
    assert.match(output, /^GET \/ HTTP\/1\.1/);
  });
});
