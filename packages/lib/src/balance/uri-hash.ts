import { explainChoice } from "./explanation.ts";
import { hashText, mixHashes } from "./key-hash.ts";
import type { BackendPool, BackendSnapshot, Picker } from "./picker.ts";

/** From so many backends on, the winners of hosts seen before are kept: a walk over all would be felt. */
const memoFrom = 64;
/** Hosts kept at most; then all are forgotten and found anew. */
const memoLimit = 4096;

/**
 * Weighted rendezvous: every pair of host and backend has a number of its own, the lowest wins. A host therefore
 * changes its backend only when that backend goes, and returns with it. Numbers come from names, so the order of the
 * file, a restart and another client's copy of the file make no difference.
 */
export const uriHash = (): Picker => {
  let hashed: BackendPool | undefined;
  let nameHashes = new Uint32Array(0);
  let memo = new Map<string, number>();

  const prepare = (pool: BackendPool): void => {
    if (hashed === pool) return;
    hashed = pool;
    nameHashes = Uint32Array.from(pool.up, ({ name }) => hashText(name));
    memo = new Map();
  };

  const winner = (pool: BackendPool, key: string, exclude: ReadonlySet<string>): number => {
    const keyHash = hashText(key);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let place = 0; place < pool.up.length; place++) {
      const backend = pool.up[place]!;
      const u = uniform(mixHashes(keyHash, nameHashes[place]!));
      // -ln(u) is at least 1 - u: most are out before a logarithm is taken.
      if ((1 - u) / backend.weight > least || (exclude.size > 0 && exclude.has(backend.name))) continue;
      const distance = -Math.log(u) / backend.weight;
      if (distance < least || (distance === least && backend.name < pool.up[best]!.name)) {
        best = place;
        least = distance;
      }
    }
    return best;
  };

  return {
    algorithm: "uri_hash",
    pick(pool, { key, exclude }) {
      prepare(pool);
      if (exclude.size > 0 || pool.up.length < memoFrom) return pool.up[winner(pool, key, exclude)];
      let place = memo.get(key);
      if (place === undefined) {
        if (memo.size >= memoLimit) memo.clear();
        place = winner(pool, key, exclude);
        memo.set(key, place);
      }
      return pool.up[place];
    },
    explain(pool, request) {
      const keyHash = hashText(request.key);
      const distance = ({ name, weight }: BackendSnapshot): number =>
        -Math.log(uniform(mixHashes(keyHash, hashText(name)))) / weight;
      return explainChoice(
        "uri_hash",
        pool,
        request,
        (backend) => ({ score: distance(backend), why: "distance of host and name; the lowest wins" }),
        (eligible) => {
          const nearest = eligible.reduce((a, b) =>
            b.score < a.score || (b.score === a.score && b.name < a.name) ? b : a,
          );
          return {
            picked: nearest.name,
            reason: `${nearest.name} is the nearest to "${request.key}" of those that are up`,
          };
        },
      );
    },
  };
};

/** In (0, 1), never an end: its logarithm is finite and below 0. */
const uniform = (hash: number): number => (hash + 0.5) / 4294967296;
