import assert from "node:assert/strict";
import { test } from "node:test";
import { backendView, tunnelView } from "@octoproxy/lib/admin/fake-source.fixture";
import fc from "fast-check";
import { instant, livelySnapshot, livelyState } from "../lively-snapshot.fixture.ts";
import type { TuiAction } from "./actions.ts";
import { reduce } from "./reducer.ts";
import { listedTunnels } from "./selection.ts";
import { initialState, pendingOf, type TuiState } from "./state.ts";
import { tunnelOrders } from "./tunnel-list.ts";

const nowMs = Date.parse(instant(0));
const after = (state: TuiState, ...actions: readonly TuiAction[]): TuiState => actions.reduce(reduce, state);
const disable = { kind: "disable", backend: "tokyo" } as const;

const names = ["tokyo", "osaka", "paris", "lima", "bern"];
const snapshotAction = fc
  .record({
    backends: fc.subarray(names),
    tunnels: fc.uniqueArray(fc.nat(30), { maxLength: 12 }),
    later: fc.integer({ min: -2000, max: 20_000 }),
  })
  .map(({ backends, tunnels, later }): TuiAction => {
    const snapshot = livelySnapshot({
      at: new Date(nowMs + later).toISOString(),
      backends: backends.map(backendView),
      tunnels: tunnels.map((id) => ({ ...tunnelView(`${id}`), bytes_in: id % 5, backend: names[id % 5]! })),
    });
    return { type: "message", message: snapshot, nowMs: nowMs + later };
  });
const said = { at: instant(0), level: "warn" as const, message: "something happened" };
const command = fc.constantFrom(
  disable,
  { kind: "close_tunnel", id: "3" } as const,
  { kind: "reload" } as const,
);
const otherAction: fc.Arbitrary<TuiAction> = fc.oneof(
  fc.record({
    type: fc.constant("move" as const),
    step: fc.constantFrom("up" as const, "down", "page_up", "page_down", "first", "last"),
    rows: fc.nat(20),
  }),
  fc.record({
    type: fc.constant("show" as const),
    view: fc.constantFrom("overview" as const, "tunnels", "events", "detail"),
  }),
  fc.constantFrom<TuiAction>(
    { type: "back" },
    { type: "help" },
    { type: "order" },
    { type: "reverse" },
    { type: "filter_begin" },
    { type: "filter_end", keep: true },
    { type: "filter_end", keep: false },
    { type: "message", message: { type: "drain", ...said }, nowMs },
    { type: "lost", reason: "gone", nowMs, retryAtMs: nowMs + 500 },
    { type: "tick", nowMs: nowMs + 60_000 },
  ),
  fc.string({ maxLength: 3 }).map((text): TuiAction => ({ type: "filter_text", text })),
  command.map((one): TuiAction => ({ type: "sent", command: one })),
  command.map((one): TuiAction => ({ type: "answered", command: one, backend: undefined, nowMs })),
  command.map((one): TuiAction => ({ type: "failed", command: one, words: "no", nowMs })),
);

test("whatever happens in whatever order, what is selected exists", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(snapshotAction, otherAction), { maxLength: 60 }), (actions) => {
      let state = initialState("127.0.0.1:8403", nowMs);
      for (const action of actions) {
        const before = structuredClone(state);
        const next = reduce(state, action);
        assert.deepEqual(state, before, "the state before is as it was");
        state = next;
        const backends = state.snapshot?.backends.map(({ name }) => name) ?? [];
        if (backends.length > 0) assert.ok(backends.includes(state.backend!));
        assert.ok(state.eventsBack >= 0 && state.eventsBack <= Math.max(0, state.log.length - 1));
        assert.ok(state.history.total.length <= 60);
        assert.ok(tunnelOrders.includes(state.order));
      }
      const refreshed = after(state, { type: "message", message: livelySnapshot(), nowMs });
      const listed = listedTunnels(refreshed).map(({ id }) => id);
      assert.ok(listed.length === 0 ? refreshed.tunnel === undefined : listed.includes(refreshed.tunnel!));
      assert.equal(refreshed.link.kind, "live");
    }),
    { numRuns: 300 },
  );
});

test("a selection stays on its tunnel where that moves, and goes to the next row where it ends", () => {
  const state = after(
    livelyState(),
    { type: "show", view: "tunnels" },
    { type: "move", step: "down", rows: 5 },
  );
  assert.equal(state.tunnel, "2640");
  const grown = livelySnapshot();
  const tunnels = grown.tunnels.map((one) => (one.id === "2640" ? { ...one, bytes_in: 9e12 } : one));
  const moved = after(state, { type: "message", message: { ...grown, tunnels }, nowMs });
  assert.equal(moved.tunnel, "2640");
  assert.equal(listedTunnels(moved)[0]!.id, "2640");
  const ended = after(moved, {
    type: "message",
    message: { ...grown, tunnels: tunnels.filter(({ id }) => id !== "2640") },
    nowMs,
  });
  assert.equal(ended.tunnel, "131");
});

test("a command is pending until its answer, which shows at once; a failure says why", () => {
  const sent = after(livelyState(), { type: "sent", command: disable });
  assert.equal(pendingOf(sent, "tokyo"), disable);
  const view = { ...backendView("tokyo"), status: "force_closed" as const };
  const done = after(sent, { type: "answered", command: disable, backend: view, nowMs });
  assert.equal(pendingOf(done, "tokyo"), undefined);
  assert.equal(done.snapshot?.backends[0]?.status, "force_closed");
  assert.match(done.notice!.words, /^tokyo is disabled/);
  const failed = after(sent, { type: "failed", command: disable, words: "no backend is called so", nowMs });
  assert.equal(pendingOf(failed, "tokyo"), undefined);
  assert.equal(failed.notice?.level, "error");
  assert.equal(after(failed, { type: "tick", nowMs: nowMs + 5000 }).notice, failed.notice);
  assert.equal(after(failed, { type: "tick", nowMs: nowMs + 7000 }).notice, undefined);
});

test("a lost daemon keeps its last figures, is told once, and its return is told", () => {
  const lost = after(
    livelyState(),
    { type: "lost", reason: "gone", nowMs: nowMs + 1000, retryAtMs: nowMs + 1500 },
    { type: "lost", reason: "nobody listens", nowMs: nowMs + 2000, retryAtMs: nowMs + 3000 },
  );
  assert.deepEqual(lost.link, {
    kind: "lost",
    reason: "nobody listens",
    sinceMs: nowMs + 1000,
    retryAtMs: nowMs + 3000,
  });
  assert.equal(lost.snapshot?.backends.length, 4);
  assert.deepEqual(
    lost.log.map(({ message }) => message),
    ["gone"],
  );
  const back = after(lost, { type: "message", message: livelySnapshot(), nowMs: nowMs + 4000 });
  assert.equal(back.link.kind, "live");
  assert.deepEqual(
    back.log.map(({ message }) => message),
    ["gone", "127.0.0.1:8403 is there again"],
  );
});

test("an event shows its backend at once; the log is bounded, and who reads in it is not moved", () => {
  const tokyo = { ...backendView("tokyo"), status: "closed" as const };
  const event = {
    type: "backend",
    ...said,
    event: "lost",
    from: "normal",
    to: "closed",
    code: null,
    backend: tokyo,
  } as const;
  let state = after(livelyState(), { type: "message", message: event, nowMs });
  assert.equal(state.snapshot?.backends[0]?.status, "closed");
  assert.equal(state.log[0]!.backend, "tokyo");
  state = after(
    state,
    { type: "message", message: event, nowMs },
    { type: "show", view: "events" },
    { type: "move", step: "up", rows: 1 },
  );
  const reading = state.log.at(-1 - state.eventsBack);
  for (let times = 0; times < 100; times++) state = after(state, { type: "message", message: event, nowMs });
  assert.equal(state.log.at(-1 - state.eventsBack), reading);
  for (let times = 0; times < 1000; times++) state = after(state, { type: "message", message: event, nowMs });
  assert.equal(state.log.length, 500);
});

test("traffic is remembered once a second, and forgotten where there is a hole", () => {
  const state = livelyState();
  assert.equal(state.history.total.length, 10);
  assert.equal(state.history.tunnels.get("131")?.length, 8);
  const soon = livelySnapshot({ at: instant(-0.4) });
  assert.equal(after(state, { type: "message", message: soon, nowMs }).history, state.history);
  const late = livelySnapshot({ at: instant(-30), tunnels: [] });
  const { history } = after(state, { type: "message", message: late, nowMs });
  assert.equal(history.total.length, 1);
  assert.equal(history.tunnels.size, 0);
});
