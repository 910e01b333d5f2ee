import type { BackendPool, BackendSnapshot } from "./picker.ts";

/** Lower weights count as this: a backend that is up can always be picked. */
export const leastWeight = 1e-3;

/**
 * Makes the pool of these backends, in the order of the file.
 * @throws Error when two have one name.
 */
export const makePool = (backends: Iterable<BackendSnapshot>): BackendPool => {
  const all: BackendSnapshot[] = [];
  const up: BackendSnapshot[] = [];
  const place = new Map<string, number>();
  const names = new Set<string>();
  for (const backend of backends) {
    if (names.has(backend.name)) throw new Error(`two backends are called "${backend.name}"`);
    names.add(backend.name);
    const sane = withSaneWeight(backend);
    all.push(sane);
    if (!sane.up) continue;
    place.set(sane.name, up.length);
    up.push(sane);
  }
  return { all, up, place };
};

const withSaneWeight = (backend: BackendSnapshot): BackendSnapshot => {
  if (backend.weight >= leastWeight && backend.weight < Number.POSITIVE_INFINITY) return backend;
  return { ...backend, weight: leastWeight };
};

/** Places of the excluded backends that are up, ascending. */
export const excludedPlaces = (pool: BackendPool, exclude: ReadonlySet<string>): number[] => {
  const places: number[] = [];
  for (const name of exclude) {
    const place = pool.place.get(name);
    if (place !== undefined) places.push(place);
  }
  return places.sort((a, b) => a - b);
};

/** The `nth` place of `up` that is not excluded: a uniform draw over the rest without walking it. */
export const nthPlace = (nth: number, excluded: readonly number[]): number => {
  let place = nth;
  for (const gap of excluded) if (gap <= place) place++;
  return place;
};
