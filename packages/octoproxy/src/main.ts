import { printable } from "@octoproxy/lib/error/proxy-error";
import { runCommandLine } from "./cli.ts";

/** The command, given its arguments without Node and script. Errors are a sentence and a status, never a stack. */
export const main = async (args: readonly string[]): Promise<void> => {
  // Whoever read our output has gone: nothing to say, and nobody to say it to.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  try {
    const status = await runCommandLine(args);
    if (status !== undefined) process.exitCode = status;
  } catch (error) {
    fail(error);
  }
};

/** A fault of our own. Where it happened is told to those who ask for it. */
const fail = (error: unknown): void => {
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(`octoproxy: failed by its own fault: ${printable(words)}\n`);
  const debugging = /^(debug|trace)$/i.test(process.env.OCTOPROXY_LOG ?? "");
  if (debugging && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
};
