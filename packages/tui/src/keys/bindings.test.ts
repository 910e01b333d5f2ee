import assert from "node:assert/strict";
import { test } from "node:test";
import type { Key } from "ink";
import { livelyState } from "../lively-snapshot.fixture.ts";
import { reduce } from "../store/reducer.ts";
import type { TuiCommand, TuiState } from "../store/state.ts";
import { bindings, bindingsOf, intentOf } from "./bindings.ts";
import { pressesOf } from "./press.ts";

/** What the presses make of a state, and which commands they send. */
const pressed = (
  start: TuiState,
  ...presses: readonly string[]
): { state: TuiState; sent: TuiCommand[]; quit: boolean } => {
  let state = start;
  const sent: TuiCommand[] = [];
  let quit = false;
  for (const press of presses) {
    const intent = intentOf(state, press, 10);
    if (intent === undefined) continue;
    if (intent.type === "quit") quit = true;
    else if (intent.type === "command") {
      sent.push(intent.command);
      state = reduce(state, { type: "sent", command: intent.command });
    } else state = reduce(state, intent);
  }
  return { state, sent, quit };
};

test("j goes down and k up, as do the arrows; G and g to the ends", () => {
  const at = (...presses: readonly string[]): string | undefined =>
    pressed(livelyState(), ...presses).state.backend;
  assert.equal(at(), "tokyo");
  assert.equal(at("j"), "osaka");
  assert.equal(at("down", "j", "k"), "osaka");
  assert.equal(at("j", "up", "k"), "tokyo");
  assert.equal(at("G"), "lima");
  assert.equal(at("G", "j"), "lima");
  assert.equal(at("G", "g"), "tokyo");
});

test("space asks before it disables and enables at once; only yes is yes", () => {
  assert.deepEqual(pressed(livelyState(), "space").sent, []);
  assert.match(
    JSON.stringify(pressed(livelyState(), "space").state.question),
    /Disable tokyo: its 31 tunnels finish\?/,
  );
  assert.deepEqual(pressed(livelyState(), "space", "y").sent, [{ kind: "disable", backend: "tokyo" }]);
  for (const press of ["n", "esc", "q", "space", "j"])
    assert.deepEqual(pressed(livelyState(), "space", press).sent, [], press);
  assert.deepEqual(pressed(livelyState(), "j", "j", "space").sent, [{ kind: "enable", backend: "paris" }]);
});

test("s lets choose another protocol, r resets, x closes a tunnel, R reloads: each with a word before", () => {
  const choice = pressed(livelyState(), "s", "h");
  assert.deepEqual(choice.sent, [{ kind: "switch_protocol", backend: "tokyo", protocol: "http2" }]);
  assert.deepEqual(pressed(livelyState(), "s", "a").sent, [], "it is auto already");
  assert.deepEqual(pressed(livelyState(), "s", "esc").sent, []);
  assert.deepEqual(pressed(livelyState(), "r", "enter").sent, [{ kind: "reset", backend: "tokyo" }]);
  assert.deepEqual(pressed(livelyState(), "tab", "x", "y").sent, [{ kind: "close_tunnel", id: "131" }]);
  assert.deepEqual(pressed(livelyState(), "R", "y").sent, [{ kind: "reload" }]);
});

test("nothing is sent to a lost daemon, nor a second command before the first is answered", () => {
  const nowMs = Date.now();
  const lost = reduce(livelyState(), { type: "lost", reason: "gone", nowMs, retryAtMs: nowMs });
  for (const press of ["space", "s", "r", "R"]) {
    const { state, sent } = pressed(lost, press, "y");
    assert.deepEqual(sent, []);
    assert.match(state.notice!.words, /not there/);
  }
  const twice = pressed(livelyState(), "r", "y", "r", "y");
  assert.equal(twice.sent.length, 1);
  assert.match(twice.state.notice!.words, /no answer yet/);
});

test("a filter is typed, kept with enter and dropped with esc; keys are text meanwhile", () => {
  const typing = pressed(livelyState(), "/", "g", "i", "q", "backspace", "t");
  assert.equal(typing.state.filter, "git");
  assert.equal(typing.quit, false);
  assert.equal(pressed(typing.state, "enter", "j").state.filter, "git");
  const dropped = pressed(typing.state, "esc").state;
  assert.deepEqual([dropped.filter, dropped.filtering], ["", false]);
  assert.equal(pressed(typing.state, "enter", "esc").state.filter, "");
});

test("views follow each other, and back leads to the first", () => {
  const view = (...presses: readonly string[]): string => pressed(livelyState(), ...presses).state.view;
  assert.deepEqual(
    [view("tab"), view("tab", "tab"), view("tab", "tab", "tab")],
    ["tunnels", "events", "overview"],
  );
  assert.deepEqual(
    [view("shift_tab"), view("3"), view("enter"), view("enter", "esc")],
    ["events", "events", "detail", "overview"],
  );
  assert.equal(pressed(livelyState(), "?").state.help, true);
  assert.equal(pressed(livelyState(), "?", "r").state.help, false);
  assert.equal(pressed(livelyState(), "?", "q").quit, true);
  assert.equal(pressed(livelyState(), "q").quit, true);
});

test("no key does two things in a view, and the help line ends with help and quit", () => {
  for (const view of ["overview", "tunnels", "events", "detail"] as const) {
    const keys = bindingsOf(view).flatMap(({ on }) => on);
    assert.equal(new Set(keys).size, keys.length, view);
  }
  const hints = bindings.flatMap(({ hint }) => hint ?? []);
  assert.deepEqual(hints.slice(-2), ["help", "quit"]);
});

test("several characters at once are several presses; control characters are none", () => {
  const key = {} as Key;
  assert.deepEqual(pressesOf("jj ", key), ["j", "j", "space"]);
  assert.deepEqual(pressesOf("a\u0007b\r", key), ["a", "b", "enter"]);
  assert.deepEqual(pressesOf("", { upArrow: true } as Key), ["up"]);
  assert.deepEqual(pressesOf("f", { ctrl: true } as Key), ["ctrl_f"]);
  assert.deepEqual(pressesOf("", { tab: true, shift: true } as Key), ["shift_tab"]);
});
