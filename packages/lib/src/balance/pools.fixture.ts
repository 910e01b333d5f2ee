import { BackendLoad } from "./backend-load.ts";
import { makePool } from "./backend-pool.ts";
import type { BackendPool, BackendSnapshot, PickRequest } from "./picker.ts";

/** Deterministic, uniform in [0, 1): a statistical test gives the same figures at every run (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

export const backend = (name: string, fields: Partial<BackendSnapshot> = {}): BackendSnapshot => ({
  name,
  weight: 1,
  up: true,
  load: new BackendLoad(),
  ...fields,
});

/** A pool of these names and weights, all up. */
export const weighted = (weights: Readonly<Record<string, number>>): BackendPool =>
  makePool(Object.entries(weights).map(([name, weight]) => backend(name, { weight })));

export const nobody: ReadonlySet<string> = new Set();

export const ask = (fields: Partial<PickRequest> = {}): PickRequest => ({
  key: "example.com",
  now: 0,
  random: () => 0,
  exclude: nobody,
  ...fields,
});

export const without = (...names: readonly string[]): ReadonlySet<string> => new Set(names);
