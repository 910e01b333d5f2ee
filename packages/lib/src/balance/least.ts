import { excludedPlaces, nthPlace } from "./backend-pool.ts";
import type { BackendPool, BackendSnapshot, PickRequest } from "./picker.ts";

/** Up to so many backends are all compared; of more, so many are drawn, which is as good and costs the same. */
export const mostCompared = 64;

/** The backend with the lowest standing; equals are drawn by weight. */
export const leastOf = (
  pool: BackendPool,
  { exclude, random }: PickRequest,
  standing: (backend: BackendSnapshot) => number,
): BackendSnapshot | undefined => {
  const { up } = pool;
  let best: BackendSnapshot | undefined;
  let least = Number.POSITIVE_INFINITY;
  let tiedWeight = 0;
  const consider = (backend: BackendSnapshot): void => {
    const stands = standing(backend);
    if (best === undefined || stands < least) {
      best = backend;
      least = stands;
      tiedWeight = backend.weight;
    } else if (stands === least) {
      tiedWeight += backend.weight;
      if (random() * tiedWeight < backend.weight) best = backend;
    }
  };
  if (up.length <= mostCompared) {
    for (const backend of up) if (!exclude.has(backend.name)) consider(backend);
    return best;
  }
  const excluded = excludedPlaces(pool, exclude);
  const left = up.length - excluded.length;
  for (let drawn = 0; drawn < Math.min(left, mostCompared); drawn++) {
    consider(up[nthPlace(Math.floor(random() * left), excluded)]!);
  }
  return best;
};
