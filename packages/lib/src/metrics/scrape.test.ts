import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { MetricFamily } from "./metric-family.ts";
import { Scrape } from "./scrape.ts";

let active = 3;
const families: readonly MetricFamily[] = [
  {
    name: "octoproxy_tunnels_active",
    type: "gauge",
    help: "Tunnels that stand now.",
    labels: ["backend"],
    samples: () => [{ labels: ['to"k\ny\\o'], value: active }],
  },
  {
    name: "octoproxy_tunnels_total",
    type: "counter",
    help: "Tunnels.",
    labels: ["backend", "outcome"],
    samples: () => [{ labels: ["tokyo", "closed"], value: 7 }],
  },
  {
    name: "octoproxy_open_seconds",
    type: "histogram",
    help: "Opening.",
    labels: ["backend", "protocol"],
    bounds: [0.1, 1],
    samples: () => [{ labels: ["tokyo", "quic"], counts: [2, 0, 1], sum: 5.5 }],
  },
];

test("samples are read at each scrape, labels escaped, buckets cumulative", async () => {
  const scrape = new Scrape(families);
  const text = await scrape.text();
  for (const line of [
    'octoproxy_tunnels_active{backend="to\\"k\\ny\\\\o"} 3',
    'octoproxy_tunnels_total{backend="tokyo",outcome="closed"} 7',
    "# TYPE octoproxy_open_seconds histogram",
    'octoproxy_open_seconds_bucket{backend="tokyo",protocol="quic",le="0.1"} 2',
    'octoproxy_open_seconds_bucket{backend="tokyo",protocol="quic",le="1"} 2',
    'octoproxy_open_seconds_bucket{backend="tokyo",protocol="quic",le="+Inf"} 3',
    'octoproxy_open_seconds_sum{backend="tokyo",protocol="quic"} 5.5',
    'octoproxy_open_seconds_count{backend="tokyo",protocol="quic"} 3',
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  active = 0;
  assert.match(await scrape.text(), /octoproxy_tunnels_active\{[^}]*\} 0\n/);
  assert.equal((await scrape.text()).match(/octoproxy_tunnels_total\{/g)?.length, 1);
});

test("process metrics are there, without the gauges that are called _total", async () => {
  const text = await new Scrape([]).text();
  assert.match(text, /^process_resident_memory_bytes /m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  assert.doesNotMatch(text, /nodejs_active_\w+_total/);
});

const promtool = spawnSync("promtool", ["--version"]).error === undefined;
const skip = promtool || process.env.OCTOPROXY_NO_SKIP ? false : "promtool is not installed";

test("promtool check metrics finds nothing", { skip }, async () => {
  const input = await new Scrape(families).text();
  const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  assert.equal(`${stdout}${stderr}`.trim(), "");
  assert.equal(status, 0);
});
