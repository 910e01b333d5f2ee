import type { Command, Option } from "commander";
import type { CommandEntry } from "../commands.ts";

/** What a shell may offer for a value. */
export type ValueKind = "file" | "folder" | "choice" | "other";

export interface OptionModel {
  readonly short: string | undefined;
  readonly long: string;
  /** `<file>`; undefined for a flag. */
  readonly value: string | undefined;
  readonly kind: ValueKind;
  readonly choices: readonly string[];
  readonly description: string;
  /** As the help shows it. */
  readonly fallback: string | undefined;
  readonly required: boolean;
}

export interface ArgumentModel {
  /** `<name>` or `[dir]`. */
  readonly shown: string;
  readonly kind: ValueKind;
  readonly choices: readonly string[];
  readonly description: string;
}

/** A command as completions, manual pages and the reference page tell it. */
export interface CommandModel {
  /** `octoproxy easycert gen`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly ArgumentModel[];
  readonly options: readonly OptionModel[];
  readonly commands: readonly CommandModel[];
  /** The paragraphs below the options in the help, examples first. */
  readonly after: string;
}

/** The whole command line, each command's own definition loaded. */
export const commandModels = async (entries: readonly CommandEntry[]): Promise<readonly CommandModel[]> =>
  Promise.all(entries.map(async ({ load }) => modelOf(await load(), "octoproxy")));

/** `command` and what stands under it. @param parent its path. */
export const modelOf = (command: Command, parent: string): CommandModel => {
  const path = `${parent} ${command.name()}`;
  return {
    path,
    name: command.name(),
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => ({
      shown: argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      kind: kindOf(argument.name(), argument.argChoices),
      choices: argument.argChoices ?? [],
      description: argument.description,
    })),
    options: command.options.filter(({ hidden }) => !hidden).map(optionOf),
    commands: command.commands.map((inner) => modelOf(inner, path)),
    after: helpAfter(command),
  };
};

const optionOf = (option: Option): OptionModel => {
  const value = /[<[][^>\]]+[>\]]/.exec(option.flags)?.[0];
  return {
    short: option.short,
    long: option.long ?? option.short ?? "",
    value,
    kind: value === undefined ? "other" : kindOf(value.slice(1, -1), option.argChoices),
    choices: option.argChoices ?? [],
    description: option.description,
    fallback: fallbackOf(option),
    required: option.mandatory,
  };
};

const fallbackOf = ({ defaultValue, defaultValueDescription }: Option): string | undefined => {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (typeof defaultValue === "string" || typeof defaultValue === "number") return String(defaultValue);
  if (typeof defaultValue !== "object" || defaultValue === null || Array.isArray(defaultValue))
    return undefined;
  const { host, port } = defaultValue as { host?: string; port?: number };
  return host === undefined ? undefined : `${host}:${port}`;
};

const kindOf = (name: string, choices: readonly string[] | undefined): ValueKind => {
  if (choices !== undefined && choices.length > 0) return "choice";
  if (/^(file|cert)/.test(name) || /file$/.test(name)) return "file";
  return /^dir/.test(name) ? "folder" : "other";
};

/** What `addHelpText("after", …)` added: commander keeps it as a listener that writes. */
const helpAfter = (command: Command): string => {
  const written: string[] = [];
  (command as unknown as NodeJS.EventEmitter).emit("afterHelp", {
    error: false,
    command,
    write: (text: string) => written.push(text),
  });
  return written.join("").trim();
};
