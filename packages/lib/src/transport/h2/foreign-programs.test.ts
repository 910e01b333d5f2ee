// R31: programs of others as clients of our server.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Listener } from "../transport.ts";
import { listenTest, portOf } from "./testing/endpoints.ts";
import { missing, run } from "./testing/programs.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";

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
});
