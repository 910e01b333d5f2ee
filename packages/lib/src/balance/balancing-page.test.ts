// Holds doc/balancing.md against the pickers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { BackendLoad } from "./backend-load.ts";
import { makePool } from "./backend-pool.ts";
import { algorithms, makePicker } from "./make-picker.ts";
import type { Algorithm } from "./picker.ts";
import { ask, backend, seeded } from "./pools.fixture.ts";
import { sharesPicture } from "./shares-picture.fixture.ts";

const page = readFileSync(new URL("../../../../doc/balancing.md", import.meta.url), "utf8");

test("every algorithm has its section", () => {
  for (const algorithm of algorithms) assert.ok(page.includes(`\n### \`${algorithm}\`\n`), algorithm);
});

test("doc/assets/balancing.svg shows the page's table (npm run doc:pictures writes it)", () => {
  const picture = readFileSync(new URL("../../../../doc/assets/balancing.svg", import.meta.url), "utf8");
  assert.equal(picture, sharesPicture(page));
  for (const algorithm of algorithms) assert.ok(picture.includes(`>${algorithm}</text>`), algorithm);
});

interface Played {
  /** Percent of the tunnels, in the order of the backends. */
  readonly shares: readonly number[];
  readonly meanOpenMs: number;
}

/** 12,000 tunnels, one every 10 ms, each open for 0.2 to 1.8 s; opening times vary by a fifth. */
const play = (algorithm: Algorithm, openMs: readonly number[], weights: readonly number[]): Played => {
  const random = seeded(11);
  const pool = makePool(openMs.map((_, index) => backend("abc"[index]!, { weight: weights[index]! })));
  const picker = makePicker(algorithm);
  let events: { readonly at: number; readonly run: () => void }[] = [];
  const counts = openMs.map(() => 0);
  let opening = 0;
  const tunnels = 12_000;
  for (let tunnel = 0; tunnel < tunnels; tunnel++) {
    const now = tunnel * 10;
    for (const { run } of events.filter(({ at }) => at <= now)) run();
    events = events.filter(({ at }) => at > now);
    const picked = picker.pick(
      pool,
      ask({ key: `host${Math.floor(random() * 1000)}.example`, now, random }),
    )!;
    const index = "abc".indexOf(picked.name);
    counts[index]!++;
    const load = (picked.load as BackendLoad).begin(now);
    const opened = now + openMs[index]! * (0.8 + 0.4 * random());
    opening += opened - now;
    events.push({ at: opened, run: () => load.opened(opened) });
    events.push({ at: opened + 200 + 1600 * random(), run: () => load.closed() });
  }
  return { shares: counts.map((count) => (100 * count) / tunnels), meanOpenMs: opening / tunnels };
};

for (const algorithm of algorithms) {
  test(`${algorithm}: the page's shares are those of the picker`, () => {
    const row = page
      .split("\n")
      .find((line) => line.startsWith(`| \`${algorithm}\` |`) && line.includes(" ms |"));
    const cells = row?.split("|").map((cell) => cell.match(/[\d.]+/g)?.map(Number) ?? []) ?? [];
    const slow = play(algorithm, [20, 20, 200], [1, 1, 1]);
    const weighted = play(algorithm, [20, 20, 20], [2, 1, 1]);
    const near = (written: readonly number[] | undefined, played: readonly number[]) => {
      assert.equal(written?.length, played.length, `${row}`);
      for (const [index, figure] of played.entries()) {
        assert.ok(
          Math.abs(written[index]! - figure) <= 2,
          `${row}\nplayed: ${played.map(Math.round).join(" / ")}`,
        );
      }
    };
    near(cells[2], slow.shares);
    near(cells[3], [slow.meanOpenMs]);
    near(cells[4], weighted.shares);
  });
}
