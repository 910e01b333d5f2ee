import "./colourless.fixture.ts";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { renderToString } from "ink";
import { render } from "ink-testing-library";
import { intentOf } from "../keys/bindings.ts";
import { livelySnapshot, livelyState } from "../lively-snapshot.fixture.ts";
import { reduce } from "../store/reducer.ts";
import type { TuiState } from "../store/state.ts";
import { cellsOf } from "../text/fit.ts";
import { Screen } from "./screen.tsx";

const frames = new URL("../../src/view/frames/", import.meta.url);

const frameOf = (state: TuiState, columns: number, rows: number, still = false): string[] =>
  renderToString(<Screen state={state} columns={columns} rows={rows} still={still} />, { columns }).split(
    "\n",
  );

const after = (state: TuiState, ...presses: readonly string[]): TuiState =>
  presses.reduce((before, press) => {
    const intent = intentOf(before, press, 10);
    if (intent === undefined || intent.type === "quit") return before;
    return reduce(before, intent.type === "command" ? { type: "sent", command: intent.command } : intent);
  }, state);

const lost = (state: TuiState): TuiState =>
  reduce(state, {
    type: "lost",
    reason: "nothing listens on 127.0.0.1:8403: is the daemon running there?",
    nowMs: state.nowMs + 12_000,
    retryAtMs: state.nowMs + 15_000,
  });

const states: Readonly<Record<string, () => TuiState>> = {
  overview: livelyState,
  tunnels: () => after(livelyState(), "2", "j", "/", "e", "x"),
  events: () => after(lost(livelyState()), "3"),
  detail: () => after(livelyState(), "enter"),
  help: () => after(livelyState(), "?"),
  question: () => after(livelyState(), "space"),
  protocol: () => after(livelyState(), "s"),
  pending: () => after(livelyState(), "r", "y"),
  lost: () => lost(livelyState()),
};

for (const [columns, rows] of [
  [80, 24],
  [200, 60],
] as const) {
  for (const [name, state] of Object.entries(states)) {
    test(`${name} at ${columns} × ${rows} is as it was`, () => {
      const file = new URL(`${name}-${columns}x${rows}.txt`, frames);
      const { lastFrame, unmount } = render(<Screen state={state()} columns={columns} rows={rows} />);
      const drawn = lastFrame();
      unmount();
      const frame = frameOf(state(), columns, rows);
      // The testing terminal is 100 columns wide and would wrap what is wider.
      if (columns <= 100) assert.equal(drawn?.trimEnd(), frame.join("\n").trimEnd());
      const text = `${frame.map((line) => line.trimEnd()).join("\n")}\n`;
      if (process.env.UPDATE_FRAMES !== undefined) {
        mkdirSync(frames, { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(text, readFileSync(file, "utf8"), "UPDATE_FRAMES=1 writes them anew");
    });
  }
}

test("a frame is exactly as large as its window, in every view and size, and no line wraps", () => {
  const size = fc.record({
    columns: fc.integer({ min: 60, max: 220 }),
    rows: fc.integer({ min: 16, max: 70 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(states)), size, (name, { columns, rows }) => {
      const lines = frameOf(states[name]!(), columns, rows);
      assert.equal(lines.length, rows);
      for (const line of lines) assert.ok(cellsOf(line) <= columns, line);
      assert.match(
        lines.at(-1)!,
        name === "question" || name === "protocol" ? /any other key/ : /quit|enter keep/,
      );
    }),
    { numRuns: 60 },
  );
});

/** The snapshot with every text in it replaced by something else from outside. */
const withTexts = <Value,>(value: Value, next: () => string): Value => {
  if (typeof value === "string") return (/^\d{4}-\d\d-\d\dT/.test(value) ? value : next()) as Value;
  if (Array.isArray(value)) return value.map((one) => withTexts(one, next)) as Value;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      ["type", "status", "role"].includes(key) && typeof one === "string" ? one : withTexts(one, next),
    ]),
  ) as Value;
};

test("control characters from outside never reach the terminal, whatever field they are in", () => {
  const evil = fc.constantFrom(
    "\u001b[2J",
    "a\nb",
    "\u009b31m",
    "\u202e",
    "x\u0007",
    "\u001b]0;t\u0007",
    "東\u0000",
    "\u2028",
  );
  fc.assert(
    fc.property(
      fc.array(evil, { minLength: 1 }),
      fc.constantFrom("1", "2", "3", "enter", "space", "s"),
      (texts, press) => {
        let place = 0;
        const next = (): string => `${texts[place++ % texts.length]}${place}`;
        const message = withTexts(livelySnapshot(), next);
        let state = reduce(livelyState(), { type: "message", message, nowMs: 0 });
        const words = { at: message.at, level: "error" as const, message: next() };
        const error = {
          type: "error",
          ...words,
          code: next(),
          side: next(),
          backend: next(),
          target: next(),
          omitted: 0,
        } as const;
        state = reduce(state, { type: "message", message: error, nowMs: 0 });
        const frame = frameOf(after(state, press), 100, 40);
        assert.equal(frame.length, 40);
        for (const line of frame) {
          assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
          assert.ok(cellsOf(line) <= 100);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a window that is too small says so instead of drawing a torn frame", () => {
  assert.deepEqual(frameOf(livelyState(), 50, 10), [
    "octoproxy tui needs 60 × 16; this is 50 × 10".padEnd(50).trimEnd(),
  ]);
});

test("a server shows its clients' tunnels", () => {
  const snapshot = livelySnapshot();
  const status = { ...snapshot.status, role: "server" as const, balance: null };
  const tunnels = snapshot.tunnels.map((one) => ({ ...one, backend: null, client: "CN=laptop" }));
  const frame = frameOf(livelyState({ ...snapshot, status, backends: [], tunnels }), 80, 24).join("\n");
  assert.match(frame, /CN=laptop/);
  assert.doesNotMatch(frame, /Backends/);
});

test("a certificate that ends soon is in the header, and in words where nothing is worse", () => {
  const snapshot = livelySnapshot();
  const ending = (holds: "certificate" | "revocation_list", daysLeft: number, warning: string | null) => ({
    file: "certs/me.crt",
    holds,
    subject: "CN=me",
    not_after: new Date(Date.UTC(2026, 10, 24) + daysLeft * 86_400_000).toISOString(),
    days_left: daysLeft,
    warning,
  });
  const frameWith = (...certificates: ReturnType<typeof ending>[]): string => {
    const status = { ...snapshot.status, certificates };
    const backends = snapshot.backends.filter(({ name }) => name === "tokyo");
    return frameOf(livelyState({ ...snapshot, status, backends }), 100, 24).join("\n");
  };
  assert.doesNotMatch(frameWith(ending("certificate", 40, null)), /!/);
  const soon = ending("certificate", 6, "certs/me.crt ends in 6 days (2026-11-30)");
  const sooner = ending(
    "revocation_list",
    2,
    "ca.crl, the revocation list of CN=ca, ends in 2 days (2026-11-26)",
  );
  assert.match(frameWith(soon), /! certificate 6 d/);
  assert.match(frameWith(soon), /certs\/me\.crt ends in 6 days \(2026-11-30\)/);
  assert.match(frameWith(soon, sooner), /! revocation list 2 d/);
  assert.match(frameWith(soon, sooner), /the revocation list of CN=ca, ends in 2 days/);
  assert.match(frameWith(ending("revocation_list", -1, "ca.crl has ended")), /! revocation list ended/);
});
