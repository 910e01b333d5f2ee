// R27, with the real command; the loaders see thousands of these in packages/{client,server}/src/config/mutated-*.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mutatedText } from "@octoproxy/lib/config/mutation-fixture";
import fc from "fast-check";
import { backendTable, Folder, makeCertificates, octoproxy } from "./harness/pair.ts";
import type { Outcome } from "./harness/programs.ts";

const numRuns = process.env.OCTOPROXY_FULL === undefined ? 8 : 300;

const good = {
  client: `listen_address = ["127.0.0.1:0"]
allow_from = ["10.0.0.0/8"]
metric_address = "127.0.0.1:0"
log_level = "debug"
balance = "p2c"
host_rule = "rules.toml"
connect_timeout = 10
drain_timeout = 1.5

${backendTable("tokyo", "127.0.0.1:8443", "weight = 2\nhttp2 = { keep_alive_interval = 1 }")}
${backendTable("10", "[::1]:1")}`,
  server: `listen_address = "127.0.0.1:0"
auth_cert = "certs/server/server.crt"
auth_key = "certs/server/server.key"
client_ca = "certs/ca.crt"
quic = true
max_tunnels_per_client = 100
metric_address = "127.0.0.1:0"
[egress]
deny = "10.0.0.0/8"
[[clients]]
match = "CN=laptop"
max_tunnels = 10
`,
} as const;
const rules = '["example.com"]\nrewrite = "127.0.0.1"\n["*.corp.example:443"]\nbackend = "tokyo"\n';

/** @param places what a fault's line may begin with. */
const isToldInSentences = ({ status, stdout, stderr }: Outcome, role: string): void => {
  const all = `${stdout}${stderr}`;
  assert.doesNotMatch(all, /\n +at |undefined|\[object |[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  if (status === 0) return;
  assert.equal(status, 2, all);
  const lines = stderr.trimEnd().split("\n");
  if (lines.length > 1) {
    assert.match(lines.pop()!, /^\d+ faults? in \d files?\. Nothing was started\.$/, all);
  }
  assert.ok(lines.length > 0);
  const place = new RegExp(`^((${role}|rules)\\.toml(:\\d+:\\d+)?:? +\\S| )`);
  for (const line of lines) if (line !== "") assert.match(line, place, all);
};

for (const role of ["client", "server"] as const) {
  test(`${role}: mutated good files are taken, or refused in sentences with file, line and key, and status 2`, async (t) => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await folder.write(`${role}.toml`, good[role]);
    await folder.write("rules.toml", rules);
    const asItWas = await octoproxy(["check", "-c", `${role}.toml`], folder.path);
    assert.equal(asItWas.status, 0, asItWas.stderr);
    let refused = 0;
    const property = fc.asyncProperty(mutatedText(good[role]), mutatedText(rules), async (text, ruleText) => {
      await folder.write(`${role}.toml`, text);
      await folder.write("rules.toml", ruleText);
      const checked = await octoproxy(["check", "-c", `${role}.toml`], folder.path);
      isToldInSentences(checked, role);
      if (checked.status !== 2) return;
      if (refused++ % 4 !== 0) return;
      // The daemon itself sees the same, and is not there then.
      const started = await octoproxy([role, "-c", `${role}.toml`], folder.path);
      isToldInSentences(started, role);
      assert.equal(started.status, 2);
    });
    await fc.assert(property, { numRuns });
    t.diagnostic(`${refused} of ${numRuns} were refused`);
    assert.ok(refused > 0);
  });

  const odd: Readonly<Record<string, string | Uint8Array>> = {
    "a huge file": `# ${"x".repeat(1 << 26)}\n${good[role]}`,
    "a huge value": `log_level = "${"x".repeat(1 << 20)}"\n${good[role]}`,
    "brackets without end": "a = ".concat("[".repeat(100_000)),
    "bytes that are no text": Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) & 0xff),
    nothing: "",
  };
  test(`${role}: ${Object.keys(odd).join(", ")}: a sentence and status 2`, async (t) => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    for (const [name, content] of Object.entries(odd)) {
      await t.test(name, async () => {
        await folder.write(`${role}.toml`, content as string);
        const outcome = await octoproxy([role, "-c", `${role}.toml`], folder.path);
        isToldInSentences(outcome, role);
        assert.equal(outcome.status, 2, outcome.stderr.slice(0, 300));
        assert.ok(outcome.stderr.length < 4000, `${outcome.stderr.length} characters`);
      });
    }
  });
}
