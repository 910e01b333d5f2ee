import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import fc from "fast-check";
import { type BackendEvent, type BackendState, initialState, transition } from "./backend-state.ts";

const refused = new ProxyError("BACKEND_UNREACHABLE", { detail: "203.0.113.7:8443 refused the connection" });
const events: Readonly<Record<BackendEvent["kind"], BackendEvent>> = {
  connected: { kind: "connected", protocol: "quic" },
  lost: { kind: "lost", error: new ProxyError("BACKEND_LOST") },
  connect_failed: { kind: "connect_failed", error: refused },
  gave_up: { kind: "gave_up", attempts: 10 },
  disabled: { kind: "disabled" },
  enabled: { kind: "enabled" },
  reset: { kind: "reset" },
};
const kinds = Object.keys(events) as BackendEvent["kind"][];
const after = (...happened: readonly BackendEvent["kind"][]): BackendState =>
  happened.reduce(
    (state, kind, at) => transition(state, events[kind], at + 1).state,
    initialState("tokyo", false, 0),
  );

/** Status by status, where every event leads: the whole machine at a glance. */
const table = {
  unknown: { connected: "normal", connect_failed: "closed", disabled: "force_closed", reset: "unknown" },
  normal: { lost: "closed", disabled: "force_closed", reset: "unknown" },
  closed: {
    connected: "normal",
    connect_failed: "closed",
    gave_up: "closed",
    disabled: "force_closed",
    reset: "unknown",
  },
  force_closed: { enabled: "unknown" },
} as const;

const inStatus = {
  unknown: after(),
  normal: after("connected"),
  closed: after("connect_failed"),
  force_closed: after("disabled"),
} as const;

for (const [status, ways] of Object.entries(table)) {
  test(`from ${status} each event leads where the table says, every other one is stale`, () => {
    const from = inStatus[status as keyof typeof table];
    assert.equal(from.status, status);
    for (const kind of kinds) {
      const { state, change } = transition(from, events[kind], 9);
      const to = (ways as Partial<Record<BackendEvent["kind"], string>>)[kind];
      assert.equal(state.status, to ?? status, kind);
      if (to === undefined) {
        assert.equal(state, from, `${kind} is stale`);
        assert.equal(change, undefined);
      }
      if (to !== undefined && to !== status) {
        assert.ok(change !== undefined);
        assert.deepEqual(
          [change.backend, change.from, change.to, change.atMs, change.event, state.sinceMs],
          ["tokyo", status, to, 9, kind, 9],
        );
      }
    }
  });
}

test("the log line is a sentence, with the reason where there is one", () => {
  const said = (state: BackendState, kind: BackendEvent["kind"]) => {
    const { change } = transition(state, events[kind], 9);
    return `${change?.level}: ${change?.message}`;
  };
  assert.equal(said(after(), "connected"), "info: tokyo is up (quic)");
  assert.equal(said(after("connected"), "lost"), "warn: tokyo is down: the connection to the backend broke");
  assert.equal(said(after(), "connect_failed"), `warn: tokyo is down: ${refused.message}`);
  assert.equal(
    said(after("connect_failed"), "gave_up"),
    `warn: tokyo is given up after 10 attempts: ${refused.message}; reset it to try again`,
  );
  assert.equal(said(after(), "disabled"), "info: tokyo is disabled: it gets no new tunnels");
  assert.equal(said(after("disabled"), "enabled"), "info: tokyo is enabled");
  assert.equal(said(after("connected"), "reset"), "info: tokyo is reset: connecting anew");
});

test("the same failure again is no news, another one is", () => {
  const down = after("connect_failed");
  assert.equal(transition(down, events.connect_failed, 5).change, undefined);
  const other = transition(down, { kind: "connect_failed", error: new ProxyError("BACKEND_TLS") }, 5);
  assert.equal(other.change?.message, "tokyo is down: TLS with the backend failed");
  assert.equal(other.state.sinceMs, down.sinceMs, "down since the first failure");
});

test("given up stays so through failures that a user's need caused, until it connects or is reset", () => {
  const given = after("connect_failed", "gave_up");
  assert.ok(given.givenUp && given.reason === refused.message);
  assert.ok(transition(given, events.connect_failed, 5).state.givenUp);
  for (const kind of ["connected", "reset", "disabled"] as const) {
    assert.ok(!transition(given, events[kind], 5).state.givenUp, kind);
  }
});

test("only enabling ends being disabled, whatever else happens", () => {
  const others = kinds.filter((kind) => kind !== "enabled");
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...kinds)), fc.array(fc.constantFrom(...others)), (before, then) => {
      assert.equal(after(...before, "enabled", "disabled", ...then).status, "force_closed");
    }),
  );
});

test("a reason stands exactly where something is closed, and time never runs back", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...kinds)), (happened) => {
      const state = after(...happened);
      assert.equal(state.reason !== undefined, state.status === "closed");
      assert.equal(state.code !== undefined, state.status === "closed");
      assert.ok(state.sinceMs <= happened.length);
      if (state.givenUp) assert.equal(state.status, "closed");
    }),
  );
});

test("force_closed in the configuration starts it disabled", () => {
  assert.equal(initialState("tokyo", true, 0).status, "force_closed");
});
