import { isSea } from "node:sea";

/**
 * What a daemon wants of V8, on the command line because it has no effect once V8 runs: a small young generation keeps
 * garbage from growing the heap (measured: 214 against 125 MB). Nothing else belongs here: with almost any other flag of
 * V8 Node compiles its own modules anew at each start (20 ms), see `letHeapGrow`.
 */
export const heapFlags: readonly string[] = ["--max-semi-space-size=2"];

const flagNames = heapFlags.map((flag) => flag.split("=")[0]!);

/** What decides, taken from `process`. */
export interface ProcessFacts {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly script: string;
  readonly env: { readonly [name: string]: string | undefined };
}

/**
 * Arguments with which this process should begin anew, or undefined where it should stay: not a daemon, a flag of
 * these is there, or `OCTOPROXY_NO_REEXEC` is set.
 */
export const argumentsAnew = (args: readonly string[], facts: ProcessFacts): string[] | undefined => {
  const { execPath, execArgv, script, env } = facts;
  if (args[0] !== "client" && args[0] !== "server") return undefined;
  if (env.OCTOPROXY_NO_REEXEC) return undefined;
  const given = [...execArgv, env.NODE_OPTIONS ?? ""];
  if (given.some((option) => flagNames.some((name) => option.includes(name)))) return undefined;
  return [execPath, ...heapFlags, ...execArgv, script, ...args];
};

/**
 * Begins anew with V8's flags, in the same process, where that is wanted and possible. To be called before anything
 * else is loaded, which would be loaded twice.
 */
export const beginWithHeapFlags = (args: readonly string[]): void => {
  const script = process.argv[1];
  if (script === undefined || isSea() || process.execve === undefined) return;
  const { execPath, execArgv, env } = process;
  const anew = argumentsAnew(args, { execPath, execArgv, script, env });
  if (anew === undefined) return;
  try {
    process.execve(execPath, anew, env);
  } catch {
    // Not on this system, or not in this thread: it works without, with more memory.
  }
};
