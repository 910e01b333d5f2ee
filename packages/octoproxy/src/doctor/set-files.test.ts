import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { checkConfig } from "../check/check-config.ts";
import { makeSet } from "../init/make-set.ts";
import { planSet } from "../init/set-plan.ts";
import { examine } from "./examine.ts";

const root = mkdtempSync(join(tmpdir(), "octoproxy-doctor-"));
after(() => rmSync(root, { recursive: true, force: true }));
const plan = planSet({
  serverName: undefined,
  serverListen: undefined,
  clientListen: { host: "127.0.0.1", port: 8081 },
  metricAddress: "off",
});
makeSet(root, plan, false, Date.now());

/** Every file that a daemon of the set reads, with the configuration that names it and the check that must fail. */
const files: readonly (readonly [file: string, config: string, missing: RegExp, broken: RegExp])[] = [
  ["server.toml", "server.toml", /^files$/, /^configuration$/],
  ["server/server.crt", "server.toml", /^files$/, /^certificates$/],
  ["server/server.key", "server.toml", /^files$/, /^key$/],
  ["server/ca.crt", "server.toml", /^files$/, /^certificates$/],
  ["client.toml", "client.toml", /^files$/, /^configuration$/],
  ["client/client.crt", "client.toml", /^files$/, /^certificates$/],
  ["client/client.key", "client.toml", /^files$/, /^key$/],
  ["client/ca.crt", "client.toml", /^files$/, /^certificates$/],
  ["host_rule.toml", "client.toml", /^files$/, /^configuration$/],
];

for (const [file, config, missing, broken] of files) {
  for (const [how, wanted] of [
    ["missing", missing],
    ["corrupt", broken],
  ] as const) {
    test(`${file} ${how}: one sentence from every command, and the doctor fails the right check`, async () => {
      const path = join(root, file);
      const content = readFileSync(path);
      try {
        if (how === "missing") rmSync(path);
        else writeFileSync(path, "= not what it was\n");
        const configPath = join(root, config);
        await assert.rejects(checkConfig(configPath), (error) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.faults.length, 1, error.message);
          return true;
        });
        const findings = await examine(configPath);
        const failed = findings.filter(({ state }) => state === "FAIL");
        assert.equal(failed.length, 1, JSON.stringify(findings));
        assert.match(failed[0]!.check, wanted, failed[0]!.message);
        assert.ok(failed[0]!.advice);
      } finally {
        writeFileSync(path, content);
      }
    });
  }
}
