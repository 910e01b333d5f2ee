import assert from "node:assert/strict";
import { test } from "node:test";
import { type PathState, SilencePolicy } from "./silence-policy.ts";

/** Polls every 250 ms; `path` says what was sent and received up to a moment. @returns when `state` is seen first. */
const seenAt = (
  state: PathState,
  path: (now: number) => { readonly sent: number; readonly received: number },
  { until = 20_000, rttMs = 10, everyMs = 250, keepAliveMs = 5000, maxIdleMs = 0 } = {},
): number | undefined => {
  const policy = new SilencePolicy(keepAliveMs, maxIdleMs);
  for (let now = 0; now <= until; now += everyMs) {
    const { sent, received } = path(now);
    if (policy.poll(now, { sentBytes: sent, receivedBytes: received, rttMs }) === state) return now;
  }
  return undefined;
};

test("a path that carries both ways is not silent, nor one on which nothing is sent", () => {
  assert.equal(
    seenAt("silent", (now) => ({ sent: now, received: now })),
    undefined,
  );
  assert.equal(
    seenAt("silent", () => ({ sent: 100, received: 100 })),
    undefined,
  );
});

test("a download whose acknowledgements are sent last is not silent when it pauses", () => {
  const end = 3000;
  // The last packet comes at 3000, its acknowledgement goes 25 ms later.
  const path = (now: number) => ({ sent: Math.min(now, end + 25), received: Math.min(now, end) });
  assert.equal(seenAt("silent", path), undefined);
});

test("an idle connection is silent a second after a keep-alive without an answer", () => {
  const cut = 7000;
  const path = (now: number) => {
    const alive = Math.floor(Math.min(now, cut) / 5000);
    return { sent: Math.floor(now / 5000), received: alive };
  };
  assert.equal(seenAt("silent", path), 11_000);
});

test("a busy connection that is cut is silent within two seconds and a half", () => {
  const cut = 3000;
  const retransmissions = [30, 90, 210, 450, 930, 1890, 3810];
  const path = (now: number) => ({
    sent: Math.min(now, cut) + 100 * retransmissions.filter((ms) => cut + ms <= now).length,
    received: Math.min(now, cut),
  });
  const at = seenAt("silent", path);
  assert.ok(at !== undefined && at - cut <= 2500, `${at}`);
});

test("what is open on an idle connection ends a keep-alive and two seconds and a half after the last packet", () => {
  const cut = 7000;
  const path = (now: number) => ({
    sent: Math.floor(now / 5000),
    received: Math.floor(Math.min(now, cut) / 5000),
  });
  assert.equal(seenAt("dead", path), 12_500);
  assert.equal(seenAt("dead", path, { keepAliveMs: 0, until: 120_000 }), undefined);
});

test("what is open on a busy connection that is cut ends no sooner", () => {
  const cut = 3000;
  const path = (now: number) => ({ sent: now, received: Math.min(now, cut) });
  assert.equal(seenAt("dead", path), cut + 7500);
  assert.equal(seenAt("dead", path, { keepAliveMs: 1000 }), cut + 3500);
  assert.equal(seenAt("dead", path, { rttMs: 600 }), cut + 5000 + 5000);
});

test("an outage that is over in time ends nothing", () => {
  const path = (now: number) => ({ sent: now, received: now < 3000 || now > 10_000 ? now : 3000 });
  assert.equal(seenAt("silent", path), 4500);
  assert.equal(seenAt("dead", path, { until: 60_000 }), undefined);
});

test("a far server has four round trips", () => {
  const path = (now: number) => ({ sent: now, received: 0 });
  assert.equal(seenAt("silent", path, { rttMs: 10 }), 1500);
  assert.equal(seenAt("silent", path, { rttMs: 600 }), 500 + 2500);
});

test("a connection of which nothing comes for the idle timeout is over, also where nobody is asked", () => {
  const path = (now: number) => ({ sent: 0, received: Math.min(now, 4000) });
  assert.equal(seenAt("dead", path, { keepAliveMs: 0, maxIdleMs: 10_000 }), 14_000);
  assert.equal(seenAt("dead", path, { keepAliveMs: 0, maxIdleMs: 0, until: 900_000 }), undefined);
});

test("a process that stood still begins to count anew, however long its sleep was", () => {
  const policy = new SilencePolicy(5000, 30_000);
  const count = { receivedBytes: 1, rttMs: 10 };
  policy.poll(0, { ...count, sentBytes: 1 });
  policy.poll(250, { ...count, sentBytes: 1 });
  policy.poll(500, { ...count, sentBytes: 2 });
  assert.equal(policy.poll(60_000, { ...count, sentBytes: 3 }), "alive");
  assert.equal(policy.poll(60_250, { ...count, sentBytes: 3 }), "alive");
  assert.equal(policy.poll(60_500, { ...count, sentBytes: 4 }), "alive");
  assert.equal(policy.poll(61_500, { ...count, sentBytes: 5 }), "silent");
});

test("it is polled often while there is something to lose", () => {
  const policy = new SilencePolicy(5000, 30_000);
  assert.ok(policy.nextPollMs(1) < policy.nextPollMs(0));
});
