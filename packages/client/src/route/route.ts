import type { Target } from "@octoproxy/lib/address/target";
import type { HostRule } from "../config/host-rule.ts";

/** What the host rules say of one target. */
export interface Route {
  /** `balance`: any backend; `backend`: the named one and no other; `direct`: from here; `block`: not at all. */
  readonly kind: "balance" | "direct" | "block" | "backend";
  /** Only with `backend`. */
  readonly backend: string | undefined;
  /** Where to go: what was asked for, or what the rule's `rewrite` made of it, once. */
  readonly target: Target;
  /** The rule that matched; undefined where none did. */
  readonly rule: HostRule | undefined;
}
