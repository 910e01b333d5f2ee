import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { BackendSet } from "./backend-set.ts";
import type { FailoverBackends } from "./failover-step.ts";
import type { OpenRequest } from "./tunnel-opening.ts";

/** Who may be asked, as the failover policy wants to know it. */
export const choiceOf = (
  backends: BackendSet,
  { key, only, first }: OpenRequest,
  startedAt: number,
  connectionOf: (name: string) => ClientConnection | undefined,
): FailoverBackends => {
  const askedAt = new Map<string, number>();
  const isUp = (name: string): boolean => backends.get(name)?.state.status === "normal";
  /** It was asked, lost its connection, and is up by another one: that may be asked as well. */
  const isRenewed = (name: string): boolean =>
    isUp(name) && (backends.get(name)?.state.sinceMs ?? 0) > (askedAt.get(name) ?? startedAt);
  const without = (tried: ReadonlySet<string>): ReadonlySet<string> => {
    for (const name of tried) {
      if (isRenewed(name)) return new Set([...tried].filter((one) => !isRenewed(one)));
    }
    return tried;
  };
  const pickOf = (tried: ReadonlySet<string>): string | undefined => {
    const excluded = without(tried);
    for (const wanted of [only, first]) {
      if (wanted !== undefined && !excluded.has(wanted) && isUp(wanted)) return wanted;
    }
    return only === undefined ? backends.pick(key, excluded) : undefined;
  };
  return {
    pick: (tried) => {
      const name = pickOf(tried);
      if (name !== undefined) askedAt.set(name, performance.now());
      return name;
    },
    hope: (_tried, gone) => {
      for (const backend of backends.all) {
        const { name } = backend;
        if (only !== undefined && name !== only) continue;
        // What its state will say in a moment.
        const isLost = name === gone || connectionOf(name)?.draining === true;
        if (backend.mayComeUpFor(startedAt, isLost)) return true;
      }
      return false;
    },
  };
};
