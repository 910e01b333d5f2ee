import { mostCompared } from "./least.ts";
import type {
  Algorithm,
  BackendPool,
  BackendSnapshot,
  Candidate,
  Explanation,
  PickRequest,
} from "./picker.ts";

/** What an algorithm says of one backend that may be picked. */
export interface Judgement {
  readonly score: number;
  readonly why: string;
}

/** What an algorithm says of its choice among `eligible`, which is never empty. */
export interface Verdict {
  readonly picked: string | undefined;
  readonly reason: string;
}

/** Builds an explanation: who is down or tried already is the same for all algorithms. */
export const explainChoice = (
  algorithm: Algorithm,
  pool: BackendPool,
  { exclude }: PickRequest,
  judge: (backend: BackendSnapshot) => Judgement,
  decide: (eligible: readonly (Candidate & { readonly score: number })[]) => Verdict,
): Explanation => {
  const eligible: (Candidate & { readonly score: number })[] = [];
  const candidates = pool.all.map((backend): Candidate => {
    const { name, up } = backend;
    const excluded = exclude.has(name);
    if (!up) return { name, up, excluded, score: undefined, why: "down" };
    if (excluded) return { name, up, excluded, score: undefined, why: "tried already by this request" };
    const candidate = { name, up, excluded, ...judge(backend) };
    eligible.push(candidate);
    return candidate;
  });
  if (eligible.length > 0) return { algorithm, ...decide(eligible), candidates };
  const reason = pool.up.length === 0 ? "no backend is up" : "every backend that is up was tried already";
  return { algorithm, picked: undefined, reason, candidates };
};

/** The verdict where the lowest score wins and equals are drawn by weight. */
export const lowestWins = (
  eligible: readonly { readonly name: string; readonly score: number }[],
  figure: string,
): Verdict => {
  const least = eligible.reduce((low, { score }) => Math.min(low, score), Number.POSITIVE_INFINITY);
  const tied = eligible.filter(({ score }) => score === least).map(({ name }) => name);
  if (eligible.length > mostCompared) {
    return { picked: undefined, reason: `the lowest ${figure} of ${mostCompared} drawn for every request` };
  }
  const [only] = tied;
  if (tied.length === 1) return { picked: only, reason: `${only} has the lowest ${figure}` };
  const names =
    tied.length > 5 ? `${tied.slice(0, 5).join(", ")} and ${tied.length - 5} more` : tied.join(", ");
  return { picked: undefined, reason: `${names} have the same ${figure}; drawn by weight for every request` };
};

/** `42 %` of a share. */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
