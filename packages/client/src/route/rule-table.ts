import type { Target } from "@octoproxy/lib/address/target";
import type { HostRule } from "../config/host-rule.ts";
import { EarliestRule, entryOf, noRule } from "./earliest-rule.ts";
import { comparedHost } from "./host-literal.ts";
import { NetworkIndex } from "./network-index.ts";
import { parseRewrite, type Rewrite, rewriteTarget } from "./rewrite.ts";
import type { Route } from "./route.ts";
import { parsePattern, type RulePattern } from "./rule-pattern.ts";

interface CompiledRule {
  readonly rule: HostRule;
  readonly kind: Route["kind"];
  readonly backend: string | undefined;
  readonly rewrite: Rewrite | undefined;
}

/**
 * The host rules, compiled: the first rule of the file that matches decides. Exact hosts, suffixes and networks are
 * looked up in hashes, whatever their number (a look-up per label of the host, or per prefix length); regular
 * expressions are run one after the other, those only that stand before the best match of the others.
 */
export class RuleTable {
  readonly #rules: CompiledRule[] = [];
  readonly #exact = new Map<string, EarliestRule>();
  readonly #suffixes = new Map<string, EarliestRule>();
  readonly #networks = new NetworkIndex();
  readonly #any = new EarliestRule();
  readonly #regexes: { readonly regex: RegExp; readonly order: number }[] = [];

  /**
   * Rules without an action are left out.
   * @throws RuleFault for a pattern or rewrite that `validatePattern` or `validateRewrite` refuses.
   */
  constructor(rules: readonly HostRule[]) {
    for (const rule of rules) {
      const kind = kindOf(rule);
      if (kind === undefined) continue;
      this.#index(parsePattern(rule.pattern), this.#rules.length);
      const rewrite = rule.rewrite === undefined ? undefined : parseRewrite(rule.rewrite);
      this.#rules.push({ rule, kind, backend: kind === "backend" ? rule.backend : undefined, rewrite });
    }
  }

  /** Rules that have an action. */
  get size(): number {
    return this.#rules.length;
  }

  /** What the rules say of a target. A rewritten target is not looked up again. */
  route(target: Target): Route {
    const compiled = this.#rules[this.#earliest(target)];
    if (compiled === undefined) return { kind: "balance", backend: undefined, target, rule: undefined };
    const { rule, kind, backend, rewrite } = compiled;
    return { kind, backend, target: rewriteTarget(target, rewrite), rule };
  }

  #index(pattern: RulePattern, order: number): void {
    switch (pattern.kind) {
      case "exact":
        entryOf(this.#exact, pattern.host).add(order, pattern.port);
        break;
      case "suffix":
        entryOf(this.#suffixes, pattern.suffix).add(order, pattern.port);
        break;
      case "network":
        this.#networks.add(pattern.bytes, pattern.prefix, order, pattern.port);
        break;
      case "any":
        this.#any.add(order, pattern.port);
        break;
      case "regex":
        this.#regexes.push({ regex: pattern.regex, order });
        break;
    }
  }

  #earliest({ host, port }: Target): number {
    if (this.#rules.length === 0) return noRule;
    const { text, bytes } = comparedHost(host);
    let earliest = Math.min(this.#any.at(port), this.#exact.get(text)?.at(port) ?? noRule);
    if (bytes !== undefined) earliest = Math.min(earliest, this.#networks.earliest(bytes, port));
    else earliest = Math.min(earliest, this.#earliestSuffix(text, port));
    for (const { regex, order } of this.#regexes) {
      if (order >= earliest) break;
      if (regex.test(text)) return order;
    }
    return earliest;
  }

  #earliestSuffix(name: string, port: number): number {
    if (this.#suffixes.size === 0) return noRule;
    let earliest = noRule;
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      earliest = Math.min(earliest, this.#suffixes.get(name.slice(dot + 1))?.at(port) ?? noRule);
    }
    return earliest;
  }
}

/** `block` wins over `direct`, `direct` over `backend`; undefined where the rule says nothing at all. */
const kindOf = ({ block, direct, backend, rewrite }: HostRule): Route["kind"] | undefined => {
  if (block) return "block";
  if (direct) return "direct";
  if (backend !== undefined) return "backend";
  return rewrite === undefined ? undefined : "balance";
};
