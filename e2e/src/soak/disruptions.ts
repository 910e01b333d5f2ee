/** A time in which a server could not keep its tunnels. Milliseconds of `performance.now()`. */
export interface Disruption {
  readonly server: string;
  /** `killed`, `restarted`, `stopped`. */
  readonly what: string;
  readonly from: number;
  /** Undefined: it lasts. */
  until: number | undefined;
}

/** A piece of traffic that did not go as it should have. */
export interface Failure {
  readonly client: string;
  readonly workload: string;
  /** Host of its own, by which the client's log knows it. */
  readonly host: string;
  readonly from: number;
  readonly until: number;
  readonly message: string;
  /** Nothing excuses it. */
  readonly untrue: boolean;
}

/** What the client's log says of the tunnels to a host. */
export interface Carried {
  readonly backend: string | undefined;
  /** Backends that were tried before. */
  readonly tried: readonly string[];
  /** `closed`, or a code. */
  readonly end: string;
}

/** How long a disruption is felt after it: connections that are being made while the server comes up. */
const echoMs = 2000;

/** The hosts of this network may be reached through this server alone (`rules.toml`). */
const pinned = { network: "127.2.", server: "alpha" } as const;

/**
 * Whether the run itself caused a failure: a server that carried this very piece of traffic, by the client's own log,
 * was killed or restarted while it was under way. That one was stopped explains only what no other server may carry.
 * @returns the reason, or undefined where there is none.
 */
export const explanationOf = (
  failure: Failure,
  carried: readonly Carried[],
  disruptions: readonly Disruption[],
): string | undefined => {
  if (failure.untrue) return undefined;
  const servers = new Set(carried.flatMap(({ backend, tried }) => [...tried, ...(backend ? [backend] : [])]));
  const isPinned = failure.host.startsWith(pinned.network);
  if (isPinned) servers.add(pinned.server);
  const cause = disruptions.find(
    ({ server, what, from, until = Number.POSITIVE_INFINITY }) =>
      servers.has(server) &&
      (what !== "stopped" || isPinned) &&
      from < failure.until &&
      until + echoMs > failure.from,
  );
  return cause && `${cause.server} was ${cause.what}`;
};
