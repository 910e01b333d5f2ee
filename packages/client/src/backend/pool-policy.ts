import { makePool } from "@octoproxy/lib/balance/backend-pool";
import type { BackendPool, LoadFigures } from "@octoproxy/lib/balance/picker";
import type { BackendState } from "./backend-state.ts";
import type { OutlierPolicy } from "./outlier-policy.ts";

/** One backend, as far as the pool is concerned. */
export interface PoolMember {
  readonly state: BackendState;
  /** As configured. */
  readonly weight: number;
  /** A ping of its connection waits for an answer. */
  readonly doubtful: boolean;
  readonly load: LoadFigures;
}

/**
 * The pool of this moment, from states, ejections and slow returns. To be made anew when one of them changes, and at
 * `OutlierPolicy.nextChange`. Where everybody who is connected is ejected, ejection counts for nothing: a backend
 * that may fail is better than none.
 */
export const poolOf = (members: readonly PoolMember[], outliers: OutlierPolicy, now: number): BackendPool => {
  const ejected = ({ state }: PoolMember): boolean => outliers.ejectedUntil(state.name, now) !== undefined;
  const connected = ({ state }: PoolMember): boolean => state.status === "normal";
  const anybody = members.some((member) => connected(member) && !ejected(member));
  return makePool(
    members.map((member) => ({
      name: member.state.name,
      weight: member.weight * outliers.weightShare(member.state.name, now),
      up: connected(member) && !(anybody && ejected(member)),
      doubtful: member.doubtful,
      load: member.load,
    })),
  );
};
