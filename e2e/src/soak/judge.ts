import type { LogLine } from "../harness/daemon-process.ts";
import { type Carried, type Disruption, explanationOf, type Failure } from "./disruptions.ts";

/** What the client's access log says of each host. */
export const carriedByHost = (lines: readonly LogLine[]): ReadonlyMap<string, readonly Carried[]> => {
  const hosts = new Map<string, Carried[]>();
  for (const { msg, target, backend, attempts, end } of lines) {
    if (msg !== "tunnel" || typeof target !== "string") continue;
    const host = target.slice(0, target.lastIndexOf(":"));
    const tried = Array.isArray(attempts)
      ? attempts.map((attempt: { backend: string }) => attempt.backend)
      : [];
    const carried = { backend: typeof backend === "string" ? backend : undefined, tried, end: String(end) };
    hosts.set(host, [...(hosts.get(host) ?? []), carried]);
  }
  return hosts;
};

export interface Judged {
  /** Reasons, with how often. */
  readonly explained: ReadonlyMap<string, number>;
  readonly unexplained: readonly string[];
}

/** Sorts failures by whether the run caused them. @param logs lines of each client, by name. */
export const judge = (
  failures: readonly Failure[],
  logs: ReadonlyMap<string, readonly LogLine[]>,
  disruptions: readonly Disruption[],
): Judged => {
  const hosts = new Map([...logs].map(([client, lines]) => [client, carriedByHost(lines)]));
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  for (const failure of failures) {
    const carried = hosts.get(failure.client)?.get(failure.host) ?? [];
    const reason = explanationOf(failure, carried, disruptions);
    if (reason !== undefined) explained.set(reason, (explained.get(reason) ?? 0) + 1);
    else unexplained.push(sentenceOf(failure, carried));
  }
  return { explained, unexplained };
};

const sentenceOf = (
  { client, workload, host, from, until, message }: Failure,
  carried: readonly Carried[],
) => {
  const way = carried
    .map(({ backend, tried, end }) => `${[...tried, backend].join(" > ")}: ${end}`)
    .join("; ");
  const ms = Math.round(until - from);
  return `${client}, ${workload} to ${host}, after ${ms} ms: ${message} (${way || "not in its log"})`;
};
