import { printable } from "@octoproxy/lib/error/proxy-error";
import { keyKinds } from "@octoproxy/lib/tls/key-pair";
import { type Command, InvalidArgumentError, Option } from "commander";
import { EasycertError } from "./easycert-error.ts";

/** Past this a certificate's end no longer fits the format's four digits of a year, nor anybody's plans. */
const maxDays = 36_500;

export const parseDays = (text: string): number => {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > maxDays) {
    throw new InvalidArgumentError(`a whole number of days is wanted, 1 to ${maxDays}.`);
  }
  return days;
};

/** RFC 5280's upper bound of a common name, ub-common-name. */
export const parseCommonName = (text: string): string => {
  if (text.length === 0 || text.length > 64) throw new InvalidArgumentError("1 to 64 characters are wanted.");
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text))
    throw new InvalidArgumentError("it holds control characters.");
  return text;
};

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const keyTypeOption = (): Option =>
  new Option("--key-type <kind>", "ec is P-256, rsa has 3072 bits").choices(keyKinds).default("ec");

export const authorityOptions = (command: Command): Command =>
  command
    .requiredOption("--cacert <file>", "certificate of the authority")
    .requiredOption("--cakey <file>", "key of the authority");

/** Makes wrong usage end with status 2 (commander's own is 1), and help with 0. */
export const exitByConvention = (command: Command): Command =>
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

/** Runs what a command does; a known failure becomes its sentence and status, never a stack trace. */
export const run = (action: () => void): void => {
  try {
    action();
  } catch (error) {
    if (!(error instanceof EasycertError)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    process.exitCode = error.status;
  }
};
