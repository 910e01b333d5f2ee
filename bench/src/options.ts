import { parseArgs } from "node:util";
import type { Chain } from "./chain.ts";

/** What the user wants measured. */
export interface BenchOptions {
  /** Names of scenarios, `w1` … `w8`; empty is all. */
  readonly scenarios: readonly string[];
  readonly transports: readonly ("http2" | "quic")[];
  /** Parts of chain names; empty is all. */
  readonly chains: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Share of a whole run that each workload does. */
  readonly scale: number;
  /** Name of the result's file without its ending; undefined is the date and the commit. */
  readonly save: string | undefined;
}

export const usage = `npm run bench -- [options]

  --scenario w1[,w2…]          these scenarios only (w1 to w8)
  --transport http2|quic|both  transports of octoproxy and the original (both)
  --chain PART                 chains whose name contains PART, and direct; may be repeated
  --rounds N                   rounds, the order reversed each time (3)
  --quick                      one round of a fifth of the work: does it run? (under 2 minutes)
  --save NAME                  write bench/results/NAME.json and .svg (default: date and commit)
`;

/** @throws Error with a sentence for whoever typed it. */
export const parseOptions = (args: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", multiple: true },
      transport: { type: "string", default: "both" },
      chain: { type: "string", multiple: true },
      rounds: { type: "string", default: "3" },
      quick: { type: "boolean", default: false },
      save: { type: "string" },
    },
  });
  const scenarios = (values.scenario ?? []).flatMap((list) => list.toLowerCase().split(","));
  const unknown = scenarios.find((name) => !/^w[1-8]$/.test(name));
  if (unknown !== undefined) throw new Error(`--scenario ${unknown}: it is one of w1 to w8`);
  const { transport } = values;
  if (transport !== "http2" && transport !== "quic" && transport !== "both")
    throw new Error(`--transport ${transport}: it is http2, quic or both`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: it is 1 or more`);
  return {
    scenarios,
    transports: transport === "both" ? ["http2", "quic"] : [transport],
    chains: values.chain ?? [],
    rounds: values.quick ? 1 : rounds,
    quick: values.quick,
    scale: values.quick ? 0.2 : 1,
    save: values.save,
  };
};

/** Direct takes always part: without it there are no ratios. */
export const wanted = (chain: Chain, options: BenchOptions): boolean => {
  if (chain.transport === "none") return true;
  const other = options.transports.includes("quic") ? "http2" : "quic";
  if (options.transports.length === 1 && chain.transport === other) return false;
  return options.chains.length === 0 || options.chains.some((part) => chain.name.includes(part));
};
