import { formatTarget, type Target } from "@octoproxy/lib/address/target";
import type { CandidateView, ExplainView } from "@octoproxy/lib/admin/explain-schema";
import type { BackendView } from "@octoproxy/lib/admin/schemas";
import type { Candidate, Explanation } from "@octoproxy/lib/balance/picker";
import type { HostRule } from "../config/host-rule.ts";
import type { RuleTable } from "../route/rule-table.ts";

/** What an explanation is made from. */
export interface ExplainSubject {
  readonly target: Target;
  readonly rules: RuleTable;
  /** As the user named it. */
  readonly rulesFile: string | undefined;
  /** In the order of the file, live; undefined where only a configuration was read. */
  readonly backends: ReadonlyMap<string, BackendView> | undefined;
  /** What the picker says of a host. */
  readonly explain: (key: string) => Explanation;
}

/** Says what the host rules and the picker would do with a target; nothing remembered changes. */
export const explainTarget = (subject: ExplainSubject): ExplainView => {
  const { target, rules, rulesFile = "", backends } = subject;
  const { kind, rule, backend: named, target: rewritten } = rules.route(target);
  const explanation = subject.explain(rewritten.host);
  const picked = pickedOf(kind, named, explanation);
  const candidates = explanation.candidates.map((candidate) =>
    candidateOf(candidate, { kind, named, picked, view: backends?.get(candidate.name) }),
  );
  return {
    target: formatTarget(target),
    rewritten: rule?.rewrite === undefined ? null : formatTarget(rewritten),
    rule:
      rule === undefined
        ? null
        : { pattern: rule.pattern, file: rulesFile, line: rule.line, action: actionOf(rule) },
    rules: rules.size,
    route: kind,
    balance: explanation.algorithm,
    candidates,
    picked: picked ?? null,
    result: resultOf(kind, named, explanation, candidates),
    live: backends !== undefined,
  };
};

const pickedOf = (
  kind: ExplainView["route"],
  named: string | undefined,
  { picked, candidates }: Explanation,
): string | undefined => {
  if (kind === "balance") return picked;
  return candidates.some(({ name, up }) => name === named && up) ? named : undefined;
};

interface Circumstances {
  readonly kind: ExplainView["route"];
  readonly named: string | undefined;
  readonly picked: string | undefined;
  readonly view: BackendView | undefined;
}

const candidateOf = (candidate: Candidate, { kind, named, picked, view }: Circumstances): CandidateView => {
  const { name, up, why } = candidate;
  const considered = kind === "balance" ? up : kind === "backend" && name === named;
  return {
    name,
    status: view?.status ?? null,
    considered,
    picked: name === picked,
    why: whyOf(candidate, kind, named, view) ?? why,
    protocol: view?.protocol ?? null,
    tunnels_active: view?.tunnels_active ?? null,
    open_ms: view?.open_ms ?? null,
  };
};

const whyOf = (
  { name, up }: Candidate,
  kind: ExplainView["route"],
  named: string | undefined,
  view: BackendView | undefined,
): string | undefined => {
  if (kind === "direct") return "the rule goes round the backends";
  if (kind === "block") return "the rule blocks the target";
  if (kind === "backend" && name !== named) return `the rule names ${named}`;
  if (kind === "backend" && up) return "the rule names it";
  if (up || view === undefined) return undefined;
  if (view.status === "force_closed") return "disabled";
  if (view.ejected_until !== null)
    return `ejected until ${view.ejected_until.slice(11, 19)} UTC: it failed to open tunnels`;
  return view.last_error === null ? "not connected" : `down: ${view.last_error.message}`;
};

/** As it stands in the rules file. */
const actionOf = ({ block, direct, backend, rewrite }: HostRule): string => {
  const parts: string[] = [];
  if (block) parts.push("block = true");
  else if (direct) parts.push("direct = true");
  else if (backend !== undefined) parts.push(`backend = ${JSON.stringify(backend)}`);
  if (rewrite !== undefined && !block) parts.push(`rewrite = ${JSON.stringify(rewrite)}`);
  return parts.join(", ");
};

const resultOf = (
  kind: ExplainView["route"],
  named: string | undefined,
  { picked, reason }: Explanation,
  candidates: readonly CandidateView[],
): string => {
  const one = candidates.find((candidate) => candidate.picked);
  const stream = one?.protocol?.in_use == null ? "" : `, as ${one.protocol.in_use} stream`;
  switch (kind) {
    case "block":
      return "403: the rule blocks it";
    case "direct":
      return "dialed from this machine, without a backend";
    case "backend":
      if (one !== undefined) return `${named}${stream}; the server resolves the name`;
      return `503: the rule names ${named} and no other, and it is ${candidates.find(({ name }) => name === named)?.why ?? "down"}`;
    case "balance":
      if (picked !== undefined) return `${picked}${stream} (${reason}); the server resolves the name`;
      return candidates.some(({ considered }) => considered) ? reason : `503: ${reason}`;
  }
};
