import { octoproxyQuic } from "../chains/octoproxy.ts";
import type { Bench } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import type { Curve } from "../report/result.ts";
import { backendCosts, clientCosts, openTunnelCosts } from "./daemon-cost.ts";
import { pickCosts } from "./pick-cost.ts";
import { ruleCosts } from "./rule-cost.ts";

/** How octoproxy's costs grow with what there can be many of. */
export const measureGrowth = async (options: BenchOptions, bench: Bench): Promise<Curve[]> => {
  const { quick } = options;
  bench.progress("w8: picks and rules");
  const curves = [
    ...pickCosts(quick ? [2, 100, 10_000] : [2, 10, 100, 1000, 10_000]),
    ...ruleCosts(quick ? [10, 1000, 100_000] : [10, 100, 1000, 10_000, 100_000]),
  ];
  for (const transport of options.transports) {
    if (transport === "quic" && octoproxyQuic.missing !== undefined) continue;
    const sizes = quick ? [10, 1000] : [10, 100, 1000, 10_000];
    curves.push(...(await openTunnelCosts(transport, sizes, bench)));
  }
  if (quick) return curves;
  curves.push(await backendCosts([1, 10, 100, 1000], bench));
  curves.push(...(await clientCosts([1, 10, 100, 1000, 10_000], bench)));
  return curves;
};
