import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { until } from "./admin.ts";
import type { LogLine } from "./daemon-process.ts";
import { EchoTarget } from "./echo-target.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import { HeldTunnels } from "./held-tunnels.ts";
import { TunnelLoad } from "./tunnel-load.ts";

/** How long a server is away under load: a minute with OCTOPROXY_FULL, else seconds. */
export const incidentMs = process.env.OCTOPROXY_FULL === undefined ? 3_000 : 60_000;

const perSecond = 100;
/** A bound against hanging; what is promised is in `doc/operations.md`, what is measured in the test's diagnostics. */
const generousMs = 20_000;

export interface Incident {
  readonly fleet?: FleetOptions;
  /** Makes server `two` useless. */
  readonly begin: (fleet: Fleet) => Promise<unknown>;
  /** Makes it good again. */
  readonly end: (fleet: Fleet) => Promise<unknown>;
  /** What becomes of the tunnels that are open on it: cut with a reset, or left alone while it may wake up. */
  readonly open: "reset" | "spared" | "none";
}

interface Attempt {
  readonly backend: string;
  readonly code?: string;
}

/** Tunnels that were asked of server `two` after another one had failed there, by the client's own clock. */
const askedAfterItWasKnown = (lines: readonly LogLine[]): readonly LogLine[] => {
  const asked = lines.flatMap((line) => {
    const attempt = ((line.attempts ?? []) as Attempt[]).find(({ backend }) => backend === "two");
    return line.msg === "tunnel" && attempt !== undefined
      ? [{ line, failed: attempt.code !== undefined }]
      : [];
  });
  const failures = asked.filter(({ failed }) => failed);
  const knownAt = Math.min(...failures.map(({ line }) => Date.parse(String(line.time))));
  // A line's times are rounded.
  return asked
    .map(({ line }) => line)
    .filter(({ time, ms }) => Date.parse(String(time)) - Number(ms) > knownAt + 5);
};

/**
 * Three servers, 100 tunnels a second, one of the three fails for a while and comes back: nobody notices.
 * The client's log says who carried what.
 */
export const playIncident = async (context: TestContext, incident: Incident): Promise<void> => {
  await using fleet = await Fleet.start(incident.fleet);
  await using target = await EchoTarget.start();
  using held = await HeldTunnels.open(fleet.proxy, target.address, incident.open === "none" ? 0 : 9);
  await held.echo();
  await using load = new TunnelLoad(fleet.proxy, target.address, perSecond);
  await load.more(perSecond / 2);
  const { length: linesBefore } = fleet.client.lines;
  await incident.begin(fleet);
  const { started } = load;
  await load.more((incidentMs / 1000) * perSecond);
  if (incident.open === "reset") {
    await until(
      async () => held.count("reset"),
      (count) => count === 3,
      "tunnels of the dead server reset",
    );
  }
  assert.equal(held.count("end"), 0, "a cut tunnel must not look like one that ended");
  if (incident.open === "spared") assert.ok(held.count("open") >= 6);
  if (incident.open === "reset") await held.echo();
  const { length: linesAfter } = fleet.client.lines;
  const endedAt = performance.now();
  await incident.end(fleet);
  await fleet.carries("two", linesAfter);
  const backMs = performance.now() - endedAt;
  await held.echo();
  await load.more(perSecond / 2);
  const report = await load.end();
  const name = context.name;
  context.diagnostic(
    `${name}: ${report.opened} opened, ${report.failed.length} failed, ${report.cut.length} cut, median ${report.medianMs} ms, ` +
      `slowest ${report.slowestMs} ms, back after ${(backMs / 1000).toFixed(1)} s`,
  );
  assert.deepEqual(report.failed, []);
  // Those that were open on the server when it was killed, and no others.
  const later = report.cut.filter((one) => Number(/\d+/.exec(one)?.[0]) >= started);
  assert.deepEqual(incident.open === "spared" ? report.cut : later, []);
  assert.ok(report.opened > (incidentMs / 1000) * perSecond * 0.5, `${report.opened} opened`);
  assert.ok(report.slowestMs < generousMs, `${report.slowestMs}`);
  for (const one of report.names)
    assert.equal(target.seen.get(one), 1, `${one} arrived ${target.seen.get(one)} times`);
  const stray = askedAfterItWasKnown(fleet.client.lines.slice(linesBefore, linesAfter));
  assert.deepEqual(stray, [], "a stream went to a server after it had failed to answer one");
  const others = fleet.client.lines
    .slice(linesBefore)
    .filter(({ msg, backend, status }) => msg === "backend" && backend !== "two" && status !== "normal");
  assert.deepEqual(others, [], "a server that was well was blamed");
};
