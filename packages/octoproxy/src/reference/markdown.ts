import type { CommandModel, OptionModel } from "./command-model.ts";

/** The sections of `doc/commands.md`, one a command. */
export const commandsMarkdown = (models: readonly CommandModel[]): string =>
  models.flatMap((model) => section(model, 2)).join("\n\n");

const section = (model: CommandModel, depth: number): string[] => {
  const { path, description, commands, after } = model;
  const blocks = [
    `${"#".repeat(depth)} ${path}`,
    `${capital(description)}.`,
    `\`\`\`\n${usageOf(model)}\n\`\`\``,
  ];
  const rows = [
    ...model.arguments.map((one) => `| \`${cell(one.shown)}\` | ${cell(one.description)} |`),
    ...model.options.map((one) => `| \`${cell(flagsOf(one))}\` | ${cell(meaningOf(one))} |`),
  ];
  if (rows.length > 0) blocks.push(["| | |", "|---|---|", ...rows].join("\n"));
  if (after !== "") blocks.push(`\`\`\`\n${after}\n\`\`\``);
  return [...blocks, ...commands.flatMap((inner) => section(inner, depth + 1))];
};

/** `octoproxy client [options]`, with its arguments. */
export const usageOf = ({ path, arguments: args, commands, options }: CommandModel): string =>
  [
    path,
    ...(commands.length > 0 ? ["<command>"] : []),
    ...args.map(({ shown }) => shown),
    ...options.filter(({ required }) => required).map(({ long, value }) => `${long} ${value}`),
    ...(options.some(({ required }) => !required) ? ["[options]"] : []),
  ].join(" ");

/** `-c, --config <file>`. */
export const flagsOf = ({ short, long, value }: OptionModel): string =>
  [short === undefined || short === long ? long : `${short}, ${long}`, value].filter(Boolean).join(" ");

/** The description with choices and default. */
export const meaningOf = ({ description, choices, fallback, required }: OptionModel): string =>
  [
    description,
    choices.length > 0 ? `one of ${choices.join(", ")}` : "",
    fallback === undefined ? "" : `default ${fallback}`,
    required ? "required" : "",
  ]
    .filter((part) => part !== "")
    .join("; ");

const cell = (text: string): string => text.replaceAll("|", "\\|");

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
