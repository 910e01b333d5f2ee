import type { Target } from "../address/target.ts";

/** Says which targets may be reached; called for every dial, so it must be quick, and it must not throw. */
export interface TargetJudge {
  /** Before the name is resolved. `by_address`: each address is judged by itself. */
  judgeHost(target: Target): "allowed" | "denied" | "by_address";
  /** @returns whether this address may be dialed. Addresses that may not are left out; the rest is tried. */
  judgeAddress(address: string, port: number): boolean;
}
