import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { versionsOf, WatchedFiles, type WatchTimes } from "./watched-files.ts";

/** The poll alone, or the system's word alone. */
const polled: WatchTimes = { settleMs: 5, mostSettleMs: 50, pollMs: 20 };
const told: WatchTimes = { settleMs: 5, mostSettleMs: 50, pollMs: 3_600_000 };

class World implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "watched-"));
  readonly watched: WatchedFiles;
  readonly #answers: boolean[] = [];
  #waiting: (() => void)[] = [];
  changes = 0;

  constructor(times: WatchTimes) {
    this.watched = new WatchedFiles(async () => {
      this.changes++;
      for (const wake of this.#waiting.splice(0)) wake();
      return this.#answers.shift() ?? true;
    }, times);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  async follow(...names: string[]): Promise<void> {
    const files = names.map((name) => this.path(name));
    await this.watched.follow(files, await versionsOf(files));
  }

  /** The next change is answered like this. */
  answer(...answers: boolean[]): void {
    this.#answers.push(...answers);
  }

  /** Resolves at the next change; the test's own limit ends the wait. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// The poll's timer does not keep the process alive.
const alive = { timeout: 20_000 };
const keeping = async (act: () => Promise<void>): Promise<void> => {
  const timer = setInterval(() => undefined, 1000);
  try {
    await act();
  } finally {
    clearInterval(timer);
  }
};

for (const [how, times] of [
  ["told by the system", told],
  ["found by looking", polled],
] as const) {
  test(`${how}: a file that is written over, renamed over, removed, or comes`, alive, () =>
    keeping(async () => {
      using world = new World(times);
      world.write("a", "1");
      await world.follow("a", "b");
      let change = world.change();
      world.write("a", "22");
      await change;
      change = world.change();
      renameSync(world.write("a.new", "33"), world.path("a"));
      await change;
      change = world.change();
      rmSync(world.path("a"));
      await change;
      change = world.change();
      world.write("b", "4");
      await change;
    }),
  );

  test(`${how}: a symbolic link that is turned, as Kubernetes does`, alive, () =>
    keeping(async () => {
      using world = new World(times);
      for (const version of ["1", "2", "3"]) {
        mkdirSync(world.path(`..${version}`));
        world.write(`..${version}/tls.crt`, version);
      }
      symlinkSync("..1", world.path("..data"));
      symlinkSync("..data/tls.crt", world.path("tls.crt"));
      await world.follow("tls.crt");
      for (const version of ["2", "3"]) {
        const change = world.change();
        symlinkSync(`..${version}`, world.path("..data_new"));
        renameSync(world.path("..data_new"), world.path("..data"));
        await change;
        assert.equal(readFileSync(world.path("tls.crt"), "utf8"), version);
      }
    }),
  );

  test(`${how}: a whole folder that is exchanged`, alive, () =>
    keeping(async () => {
      using world = new World(times);
      for (const folder of ["certs", "next"]) mkdirSync(world.path(folder));
      world.write("certs/a", "1");
      world.write("next/a", "2");
      symlinkSync("certs", world.path("current"));
      await world.follow("current/a");
      let change = world.change();
      rmSync(world.path("current"));
      symlinkSync("next", world.path("current"));
      await change;
      change = world.change();
      world.write("next/a", "33");
      await change;
    }),
  );
}

test("what changed between the reading and the watching is noticed", alive, () =>
  keeping(async () => {
    using world = new World(told);
    const file = world.write("a", "1");
    const known = await versionsOf([file]);
    world.write("a", "22");
    const change = world.change();
    await world.watched.follow([file], known);
    await change;
  }),
);

test("a change that is refused is tried again until it is taken, without another change", alive, () =>
  keeping(async () => {
    using world = new World(polled);
    world.write("a", "1");
    await world.follow("a");
    world.answer(false, false, true);
    const first = world.change();
    world.write("a", "22");
    await first;
    await world.change();
    await world.change();
    assert.equal(world.changes, 3);
  }),
);

test("other files of the folder, and none, are no change", alive, () =>
  keeping(async () => {
    using world = new World(told);
    world.write("a", "1");
    await world.follow("a");
    world.write("b", "1");
    const change = world.change();
    world.write("a", "22");
    await change;
    assert.equal(world.changes, 1);
  }),
);
