import assert from "node:assert/strict";
import { test } from "node:test";
import { SilencePolicy } from "./silence-policy.ts";

/** Polls every 250 ms; `path` says what was sent and received up to a moment. */
const silentAt = (
  path: (now: number) => { readonly sent: number; readonly received: number },
  { until = 20_000, rttMs = 10, everyMs = 250 } = {},
): number | undefined => {
  const policy = new SilencePolicy();
  for (let now = 0; now <= until; now += everyMs) {
    const { sent, received } = path(now);
    if (policy.poll(now, { sentBytes: sent, receivedBytes: received, rttMs })) return now;
  }
  return undefined;
};

test("a path that carries both ways is not silent, nor one on which nothing is sent", () => {
  assert.equal(
    silentAt((now) => ({ sent: now, received: now })),
    undefined,
  );
  assert.equal(
    silentAt(() => ({ sent: 100, received: 100 })),
    undefined,
  );
});

test("a download whose acknowledgements are sent last is not silent when it pauses", () => {
  const end = 3000;
  // The last packet comes at 3000, its acknowledgement goes 25 ms later.
  const path = (now: number) => ({ sent: Math.min(now, end + 25), received: Math.min(now, end) });
  assert.equal(silentAt(path), undefined);
});

test("an idle connection is silent a second after a keep-alive without an answer", () => {
  const cut = 7000;
  const path = (now: number) => {
    const alive = Math.floor(Math.min(now, cut) / 5000);
    return { sent: Math.floor(now / 5000), received: alive };
  };
  assert.equal(silentAt(path), 11_000);
});

test("a busy connection that is cut is silent within two seconds and a half", () => {
  const cut = 3000;
  const retransmissions = [30, 90, 210, 450, 930, 1890, 3810];
  const path = (now: number) => ({
    sent: Math.min(now, cut) + 100 * retransmissions.filter((ms) => cut + ms <= now).length,
    received: Math.min(now, cut),
  });
  const at = silentAt(path);
  assert.ok(at !== undefined && at - cut <= 2500, `${at}`);
});

test("a far server has four round trips", () => {
  const path = (now: number) => ({ sent: now, received: 0 });
  assert.equal(silentAt(path, { rttMs: 10 }), 1500);
  assert.equal(silentAt(path, { rttMs: 600 }), 500 + 2500);
});

test("a process that stood still begins to count anew", () => {
  const policy = new SilencePolicy();
  const count = { receivedBytes: 1, rttMs: 10 };
  policy.poll(0, { ...count, sentBytes: 1 });
  policy.poll(250, { ...count, sentBytes: 1 });
  policy.poll(500, { ...count, sentBytes: 2 });
  assert.equal(policy.poll(60_000, { ...count, sentBytes: 3 }), false);
  assert.equal(policy.poll(60_250, { ...count, sentBytes: 3 }), false);
  assert.equal(policy.poll(60_500, { ...count, sentBytes: 4 }), false);
  assert.equal(policy.poll(61_500, { ...count, sentBytes: 5 }), true);
});

test("it is polled often while there is something to lose", () => {
  const policy = new SilencePolicy();
  assert.ok(policy.nextPollMs(1) < policy.nextPollMs(0));
});
