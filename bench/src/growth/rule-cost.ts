import { RuleTable } from "@octoproxy/client/route/rule-table";
import { parseTarget } from "@octoproxy/lib/address/target";
import type { Curve } from "../report/result.ts";
import { growthOrder } from "./growth-order.ts";
import { timeOperation } from "./time-operation.ts";

/** Rules of one kind each, and what is asked of them. */
const kinds = [
  {
    label: "exact hosts",
    pattern: (n: number) => `host-${n}.example`,
    target: (n: number) => `host-${n}.example:443`,
  },
  {
    label: "suffixes",
    pattern: (n: number) => `*.zone-${n}.example`,
    target: (n: number) => `www.zone-${n}.example:443`,
  },
  {
    label: "networks",
    pattern: (n: number) => `10.${(n >> 8) & 255}.${n & 255}.0/24`,
    target: (n: number) => `10.${(n >> 8) & 255}.${n & 255}.7:443`,
  },
  {
    label: "regular expressions",
    pattern: (n: number) => `~^cdn-${n}-[a-z]+\\.example$`,
    target: (n: number) => `cdn-${n}-x.example:443`,
  },
] as const;

/** Regular expressions are tried one after the other; more than this nobody waits for. */
const mostRegexes = 10_000;

/** One curve for each kind of rule: what the look-up of a target costs, any rule being as likely to match. */
export const ruleCosts = (sizes: readonly number[]): Curve[] =>
  kinds.map(({ label, pattern, target }) => {
    const points = sizes
      .filter((n) => label !== "regular expressions" || n <= mostRegexes)
      .map((n) => {
        const table = new RuleTable(
          Array.from({ length: n }, (_, index) => ({
            pattern: pattern(index),
            rewrite: undefined,
            backend: undefined,
            direct: true,
            block: false,
            line: index + 1,
          })),
        );
        const asked = Array.from({ length: 512 }, () => parseTarget(target(Math.floor(Math.random() * n))));
        let turn = 0;
        return { n, value: timeOperation(() => void table.route(asked[turn++ % asked.length]!)) };
      });
    return { along: "rules", label, unit: "ns a look-up", points, order: growthOrder(points) };
  });
