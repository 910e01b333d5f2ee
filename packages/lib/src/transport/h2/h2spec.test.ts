// R31: the conformance suite of others, against our server behind TLS with a client certificate.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Http2Settings } from "./http2-settings.ts";
import { listenTest, portOf } from "./testing/endpoints.ts";
import { missing, run } from "./testing/programs.ts";
import { makeCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";
import { startTlsHop } from "./testing/tls-hop.ts";

const skip = missing("h2spec") || missing("openssl");

/** @returns how many cases passed, and the words about those that did not. */
const h2spec = async (
  settings: Partial<Http2Settings>,
  ...cases: readonly string[]
): Promise<{ passed: number; failed: number; words: string }> => {
  using certificates = makeCertificates();
  const listener = await listenTest(
    { ca: certificates.ca, ...certificates.server },
    { connection: () => {}, tunnel: serveTunnel, refused: () => {} },
    settings,
  );
  try {
    using hop = await startTlsHop(portOf(listener), certificates);
    const { output } = await run("h2spec", [
      "--port",
      String(hop.port),
      "--timeout",
      "5",
      "--strict",
      ...cases,
    ]);
    const [, passed, failed] = /, (\d+) passed, \d+ skipped, (\d+) failed/.exec(output) ?? [];
    const words = output.slice(Math.max(0, output.indexOf("Failures:")));
    return { passed: Number(passed), failed: Number(failed), words };
  } finally {
    listener.destroy();
  }
};

test("h2spec: every case passes, the strict ones too", { skip }, async (t) => {
  // One case takes it for granted that 20,000 bytes exceed the largest frame, so frames are not larger than 16 KiB.
  const { passed, failed, words } = await h2spec({ maxFrameSize: 16_384 });
  t.diagnostic(`${passed} pass, ${failed} fail`);
  assert.equal(failed, 0, words);
  assert.ok(passed >= 145, words);
});

test("h2spec: so do frames and flow control with the frame size that is the default", { skip }, async (t) => {
  const { passed, failed, words } = await h2spec({}, "http2/4.1", "http2/6", "http2/8", "hpack", "generic");
  t.diagnostic(`${passed} pass, ${failed} fail`);
  assert.equal(failed, 0, words);
  assert.ok(passed >= 100, words);
});
