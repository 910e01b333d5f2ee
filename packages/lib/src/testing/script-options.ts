import { type ParseArgsConfig, parseArgs } from "node:util";
import { firstLineOf } from "../error/proxy-error.ts";

/** Ends a script of the project: one sentence, status 2. */
export const refuse = (script: string, sentence: string): never => {
  process.stderr.write(`${script}: ${sentence}\n`);
  process.exit(2);
};

/** The options of a script, which ends where one is unknown or lacks its value. */
export const readOptions = <const T extends ParseArgsConfig>(
  script: string,
  config: T,
): ReturnType<typeof parseArgs<T>> => {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(script, firstLineOf(error));
  }
};

/** The number that an option gives; the script ends where it is none, or out of these bounds. */
export const numberOption = (
  script: string,
  option: string,
  text: string,
  from: number,
  to: number,
): number => {
  const value = Number(text);
  if (text.trim() !== "" && value >= from && value <= to) return value;
  return refuse(script, `--${option} must be a number between ${from} and ${to}`);
};
