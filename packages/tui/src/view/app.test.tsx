import "./colourless.fixture.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "ink-testing-library";
import { livelyState } from "../lively-snapshot.fixture.ts";
import { reduce } from "../store/reducer.ts";
import type { TuiState } from "../store/state.ts";
import { App, type AppSession } from "./app.tsx";

/** A session without a daemon: it shows what it is given and remembers what was pressed. */
class StillSession implements AppSession {
  readonly presses: string[] = [];
  #state = livelyState();
  #listener = (): void => undefined;

  readonly subscribe = (listener: () => void) => {
    this.#listener = listener;
    return () => {
      this.#listener = () => undefined;
    };
  };
  readonly shown = (): TuiState => this.#state;

  press(presses: readonly string[]): void {
    this.presses.push(...presses);
  }

  show(state: TuiState): void {
    this.#state = state;
    this.#listener();
  }
}

/** Ink takes input and draws in later turns. */
const until = async (fits: () => boolean): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!fits()) {
    if (Date.now() > deadline) throw new Error("not within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test("keys reach the session, and what it shows is drawn", async () => {
  const session = new StillSession();
  const { stdin, lastFrame, unmount } = render(<App session={session} size={{ columns: 80, rows: 24 }} />);
  assert.match(lastFrame()!, /▸ tokyo/);
  await new Promise(setImmediate);
  for (const keys of ["j", "\u001b[B", " ", "\r", "\u001b[5~", "kk"]) stdin.write(keys);
  await until(() => session.presses.length === 7);
  assert.deepEqual(session.presses, ["j", "down", "space", "enter", "page_up", "k", "k"]);
  session.show(reduce(session.shown(), { type: "move", step: "down", rows: 1 }));
  await until(() => lastFrame()!.includes("▸ osaka"));
  assert.doesNotMatch(lastFrame()!, /\u001b/, "FORCE_COLOR=0, or no terminal: no colour");
  unmount();
});
