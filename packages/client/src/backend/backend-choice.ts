import type { BackendSet } from "./backend-set.ts";
import type { FailoverBackends } from "./failover-step.ts";
import type { OpenRequest } from "./tunnel-opening.ts";

/** Who may be asked, as the failover policy wants to know it. */
export const choiceOf = (
  backends: BackendSet,
  { key, only, first }: OpenRequest,
  startedAt: number,
): FailoverBackends => {
  const isUp = (name: string): boolean => backends.get(name)?.state.status === "normal";
  if (only !== undefined) {
    return {
      pick: (tried) => (!tried.has(only) && isUp(only) ? only : undefined),
      hope: (tried) => !tried.has(only) && backends.get(only)?.mayComeUpFor(startedAt) === true,
    };
  }
  return {
    pick: (tried) => {
      if (first !== undefined && !tried.has(first) && isUp(first)) return first;
      return backends.pick(key, tried);
    },
    hope: (tried) => {
      for (const backend of backends.all) {
        if (!tried.has(backend.name) && backend.mayComeUpFor(startedAt)) return true;
      }
      return false;
    },
  };
};
