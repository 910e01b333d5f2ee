import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExplainView } from "@octoproxy/lib/admin/explain-schema";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { explainOffline, readTarget } from "./explain-offline.ts";
import { formatExplanation } from "./format-explanation.ts";

const rules = `["db.corp.example"]
rewrite = "10.0.0.5:5432"
backend = "osaka"
["*.corp.example"]
backend = "tokyo"
["ads.example"]
block = true
["10.0.0.0/8"]
direct = true
`;

const backend = (name: string, extra = ""): string =>
  `[backends.${name}]\naddress = "h:1"\nprotocol = "http2"\nclient_cert = "certs/me.crt"\nclient_key = "certs/me.key"\n${extra}\n`;

const offline = async (target: string, head = ""): Promise<ExplainView> => {
  using folder = new ConfigFolder();
  folder.writeCertificates("client");
  folder.write("rules.toml", rules);
  const toml = `host_rule = "rules.toml"\n${head}\n${backend("tokyo")}${backend("osaka")}${backend("paris", 'status = "force_closed"')}`;
  folder.write("client.toml", toml);
  return await explainOffline(`${folder.path}/client.toml`, readTarget(target));
};

const lines = (view: ExplainView): string[] => formatExplanation(view).split("\n");

test("a rule that names a backend is told with its place, and the others are not asked", async () => {
  const [target, rule, picked, ...rest] = lines(await offline("git.corp.example:22"));
  assert.equal(target, "git.corp.example:22");
  assert.match(
    rule ?? "",
    /^rule {6}"\*\.corp\.example" +\S*rules\.toml:4 +backend = "tokyo" +\(first match of 4 rules\)$/,
  );
  assert.match(picked ?? "", /^backend {3}tokyo +assumed up · the rule names it$/);
  assert.match(rest[0] ?? "", /^not asked osaka +the rule names tokyo$/);
  assert.equal(rest.at(-1), "result    tokyo; the server resolves the name");
});

test("a rewritten target is told, the first rule wins", async () => {
  const text = formatExplanation(await offline("db.corp.example:443"));
  assert.match(text, /^target {4}10\.0\.0\.5:5432, instead of db\.corp\.example:443$/m);
  assert.match(text, /^backend {3}osaka /m);
});

test("block and direct ask nobody", async () => {
  assert.equal(lines(await offline("ads.example:80")).at(-1), "result    403: the rule blocks it");
  const direct = await offline("10.1.2.3:80");
  assert.equal(lines(direct).at(-1), "result    dialed from this machine, without a backend");
  assert.equal(direct.candidates.filter(({ considered }) => considered).length, 0);
});

test("without a rule the algorithm decides, among those that are enabled", async () => {
  const view = await offline("example.com", 'balance = "first"');
  assert.equal(view.target, "example.com:443");
  assert.equal(view.picked, "tokyo");
  const text = formatExplanation(view);
  assert.match(text, /^rule {6}none +none of 4 rules matches$/m);
  assert.match(text, /^candidate osaka +assumed up · /m);
  assert.match(text, /^not asked paris /m);
});

test("a running client's words stand in the lines; nothing in them reaches the terminal raw", () => {
  const protocol = {
    configured: "auto",
    in_use: "quic",
    since: "2026-11-24T14:02:00.000Z",
    why: "http2 before: UDP blocked",
  } as const;
  const view: ExplainView = {
    target: "db.corp.example:443",
    rewritten: null,
    rule: { pattern: "*.corp.example", file: "rules.toml", line: 4, action: 'backend = "tokyo"' },
    rules: 12,
    route: "backend",
    balance: "first",
    candidates: [
      {
        name: "osaka\u001b[2J",
        status: "normal",
        considered: false,
        picked: false,
        why: "the rule names tokyo",
        protocol: null,
        tunnels_active: 0,
        open_ms: null,
      },
      {
        name: "tokyo",
        status: "normal",
        considered: true,
        picked: true,
        why: "the rule names it",
        protocol,
        tunnels_active: 3,
        open_ms: { count: 9, p50: 41.2, p90: 50, p99: 60 },
      },
    ],
    picked: "tokyo",
    result: "tokyo, as quic stream; the server resolves the name",
    live: true,
  };
  const [, , picked, other] = lines(view);
  assert.match(
    picked ?? "",
    /^backend {3}tokyo +up · quic since .*\d\d:\d\d \(http2 before: UDP blocked\) · 3 tunnels · open p50 41 ms · the rule names it$/,
  );
  assert.match(other ?? "", /^not asked osaka\?\[2J +up, but the rule names tokyo$/);
});
