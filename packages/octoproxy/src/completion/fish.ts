import type { CommandModel, OptionModel } from "../reference/command-model.ts";

/** A completion script for fish. */
export const fishCompletion = (models: readonly CommandModel[]): string => `# fish completion of octoproxy
complete -c octoproxy -f
complete -c octoproxy -n __fish_use_subcommand -l help -d 'how to use it'
complete -c octoproxy -n __fish_use_subcommand -l version -d 'the version'
${models.map((model) => `complete -c octoproxy -n __fish_use_subcommand -a ${model.name} -d ${quoted(model.description)}`).join("\n")}
${models.flatMap((model) => linesOf(model, `__fish_seen_subcommand_from ${model.name}`)).join("\n")}
`;

const linesOf = (model: CommandModel, condition: string): string[] => {
  const names = model.commands.map(({ name }) => name).join(" ");
  const before = names === "" ? condition : `${condition}; and not __fish_seen_subcommand_from ${names}`;
  const [argument] = model.arguments;
  const given = `complete -c octoproxy -n ${quoted(before)}`;
  return [
    ...model.options.map((option) => `${given} ${optionWords(option)}`),
    ...(argument?.kind === "choice" ? [`${given} -a ${quoted(argument.choices.join(" "))}`] : []),
    ...(argument?.kind === "file" || argument?.kind === "folder" ? [`${given} -F`] : []),
    ...model.commands.flatMap((inner) => [
      `${given} -a ${inner.name} -d ${quoted(inner.description)}`,
      ...linesOf(inner, `${condition}; and __fish_seen_subcommand_from ${inner.name}`),
    ]),
  ];
};

const optionWords = ({ short, long, kind, value, choices, description }: OptionModel): string =>
  [
    short === undefined || short === long ? "" : `-s ${short.slice(1)}`,
    `-l ${long.replace(/^--/, "")}`,
    value === undefined ? "" : "-r",
    kind === "file" || kind === "folder" ? "-F" : "",
    choices.length > 0 ? `-a ${quoted(choices.join(" "))}` : "",
    `-d ${quoted(description)}`,
  ]
    .filter((word) => word !== "")
    .join(" ");

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
