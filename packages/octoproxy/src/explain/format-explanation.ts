import type { CandidateView, ExplainView } from "@octoproxy/lib/admin/explain-schema";
import { printable } from "@octoproxy/lib/error/proxy-error";

const labelWidth = 10;

/** An explanation as lines for a terminal. */
export const formatExplanation = (view: ExplainView): string => {
  const { target, rewritten, rule, rules, candidates, result, live } = view;
  const pattern = rule === null ? "none" : JSON.stringify(rule.pattern);
  const names = [pattern, ...candidates.map(({ name }) => name)];
  const width = Math.min(40, Math.max(18, ...names.map(({ length }) => length + 2)));
  const line = (label: string, name: string, words: string): string =>
    `${label.padEnd(labelWidth)}${name.padEnd(width)} ${words}`.trimEnd();
  const lines = [target];
  if (rule === null) lines.push(line("rule", "none", noRule(rules)));
  else {
    const place = `${rule.file}:${rule.line}`;
    lines.push(
      line(
        "rule",
        pattern,
        `${place.padEnd(16)} ${rule.action}     (first match of ${counted(rules, "rule")})`,
      ),
    );
  }
  if (rewritten !== null) lines.push(`${"target".padEnd(labelWidth)}${rewritten}, instead of ${target}`);
  const ordered = candidates.toSorted((one, other) => rank(one) - rank(other));
  for (const candidate of ordered)
    lines.push(line(labelOf(candidate), candidate.name, wordsOf(candidate, live)));
  lines.push(`${"result".padEnd(labelWidth)}${result}`);
  return lines.map(printable).join("\n");
};

const noRule = (rules: number): string =>
  rules === 0 ? "there are no host rules" : `none of ${counted(rules, "rule")} matches`;

const rank = ({ picked, considered }: CandidateView): number => (picked ? 0 : considered ? 1 : 2);

const labelOf = ({ picked, considered }: CandidateView): string =>
  picked ? "backend" : considered ? "candidate" : "not asked";

const statusWords = {
  normal: "up",
  closed: "down",
  unknown: "not connected yet",
  force_closed: "disabled",
} as const;

const wordsOf = (
  { status, considered, why, protocol, tunnels_active, open_ms }: CandidateView,
  live: boolean,
): string => {
  const state = status === null ? undefined : statusWords[status];
  if (!considered) return status === "normal" ? `up, but ${why}` : why;
  return [
    live ? state : "assumed up",
    protocol === null ? undefined : protocolWords(protocol),
    tunnels_active === null ? undefined : counted(tunnels_active, "tunnel"),
    open_ms?.p50 == null ? undefined : `open p50 ${rounded(open_ms.p50)} ms`,
    why,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
};

const protocolWords = ({
  in_use,
  since,
  why,
}: NonNullable<CandidateView["protocol"]>): string | undefined => {
  if (in_use === null) return undefined;
  const from = since === null ? "" : ` since ${clock(since)}`;
  return `${in_use}${from}${why === null ? "" : ` (${why})`}`;
};

/** `14:02` of today, else with its date; in the reader's time zone. */
const clock = (instant: string): string => {
  const date = new Date(instant);
  const two = (part: number): string => String(part).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const rounded = (ms: number): string => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
