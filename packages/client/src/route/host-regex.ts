import { setFlagsFromString } from "node:v8";
import { RuleFault } from "./rule-fault.ts";

let guarded = false;

/**
 * Makes V8 change over to its linear engine where a regular expression has backtracked 50,000 times, so that a host
 * name cannot stall the process through a rule like `^(a+)+$` (measured on Node 26.10: 1.4 ms instead of for ever).
 * The linear engine knows no lookaround, no backreference and no `i` flag; those keep backtracking.
 */
const guard = (): void => {
  if (guarded) return;
  guarded = true;
  setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
};

/**
 * Compiles a rule's regular expression for hosts in lower case; the case of its letters does not matter.
 * @throws RuleFault with the engine's words.
 */
export const compileHostRegex = (source: string): RegExp => {
  guard();
  const lower = inLowerCase(source);
  if (lower !== undefined) {
    try {
      return new RegExp(lower);
    } catch {
      // A range like [Z-a] has no lower case, or the expression is wrong: the next line says so.
    }
  }
  try {
    return new RegExp(source, "i");
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
    throw new RuleFault(`the regular expression is wrong: ${words}`);
  }
};

/** Letters that are not part of an escape in lower case; undefined where an escape spells a letter by its number. */
const inLowerCase = (source: string): string | undefined => {
  if (/\\[xuc]/.test(source)) return undefined;
  return source.replace(/\\.|[A-Z]/gs, (part) => (part.length === 1 ? part.toLowerCase() : part));
};
