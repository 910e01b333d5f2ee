import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { Scrape } from "@octoproxy/lib/metrics/scrape";
import { clientFamilies } from "./client-families.ts";
import { ClientMetrics, type CountedError } from "./client-metrics.ts";

const entries = (table: { entries: Iterable<{ labels: readonly string[]; count: number }> }) =>
  Object.fromEntries([...table.entries].map(({ labels, count }) => [labels.join(" "), count]));

test("a request that the second backend served counts one failover and one failure, and its own time only", () => {
  const metrics = new ClientMetrics();
  const attempts = [
    { backend: "osaka", code: "BACKEND_TIMEOUT", ms: 1000 },
    { backend: "tokyo", code: undefined, ms: 41 },
  ] as const;
  metrics.opened("tokyo", "quic", 1042, attempts);
  assert.deepEqual(entries(metrics.failovers), { "osaka tokyo": 1 });
  assert.deepEqual(entries(metrics.failures), { "osaka BACKEND_TIMEOUT": 1 });
  const { p50 } = metrics.openTimes.latency("tokyo", performance.now());
  assert.ok(p50 !== null && p50 >= 40 && p50 <= 42, `${p50}`);
  assert.equal(metrics.errors.sum, 0);
});

test("a slow backend that won after another was asked beside it is no failover", () => {
  const metrics = new ClientMetrics();
  metrics.opened("osaka", "http2", 3500, [
    { backend: "osaka", code: undefined, ms: 3500 },
    { backend: "tokyo", code: undefined, ms: 500 },
  ]);
  assert.deepEqual(entries(metrics.failovers), {});
});

test("failures are told with whose fault they are; an application that went away is none", () => {
  const metrics = new ClientMetrics();
  const told: CountedError[] = [];
  metrics.onError = (error) => told.push(error);
  metrics.failed(new ProxyError("DNS_ERROR"), "tokyo", "no.example:443");
  metrics.failed(new ProxyError("RESET"), "tokyo", "a.example:443", "application");
  metrics.failed(new ProxyError("ABORTED"), undefined, "b.example:443");
  metrics.notOpened(new ProxyError("ABORTED"), undefined);
  metrics.notOpened(new ProxyError("DNS_ERROR"), "tokyo");
  assert.deepEqual(entries(metrics.errors), { "DNS_ERROR target": 1, "RESET application": 1 });
  assert.deepEqual(
    told.map(({ code }) => code),
    ["DNS_ERROR", "RESET"],
  );
  const totals = metrics.book.totals(performance.now());
  assert.equal(totals.get("none")?.ended.cancelled, 1);
  assert.equal(totals.get("tokyo")?.ended.refused, 1);
});

const promtool = spawnSync("promtool", ["--version"]).error === undefined;
const skip = promtool || process.env.OCTOPROXY_NO_SKIP ? false : "promtool is not installed";

test("promtool check metrics finds nothing in a client's metrics", { skip }, async () => {
  const metrics = new ClientMetrics();
  metrics.opened("tokyo", "http2", 41);
  metrics.failed(new ProxyError("DNS_ERROR"), "tokyo", "no.example:443");
  metrics.failovers.add("osaka", "tokyo");
  metrics.failures.add("osaka", "BACKEND_LOST");
  metrics.reloads.add("done");
  const facts = { subject: "CN=me", not_after: "2027-01-01T00:00:00.000Z", days_left: 1, warning: null };
  const files = [
    { file: "me.crt", holds: "certificate", ...facts } as const,
    { file: "ca.crl", holds: "revocation_list", ...facts } as const,
  ];
  const own = { certificates: () => files, draining: () => false, droppedLines: () => 0 };
  const sources = { metrics, backends: () => [], ...own };
  const input = await new Scrape(clientFamilies(sources)).text();
  const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  assert.equal(`${stdout}${stderr}`.trim(), "");
  assert.equal(status, 0);
});
