import type { ArgumentModel, CommandModel, OptionModel } from "../reference/command-model.ts";

/** A completion script for zsh, to be found in `$fpath` as `_octoproxy`, or sourced after `compinit`. */
export const zshCompletion = (models: readonly CommandModel[]): string => `#compdef octoproxy
# zsh completion of octoproxy
${models.flatMap(functionsOf).join("\n")}
${dispatcher("_octoproxy", models, ["'--version[the version]'"])}
if [[ "$funcstack[1]" == _octoproxy ]]; then _octoproxy "$@"; else compdef _octoproxy octoproxy; fi
`;

const functionName = (path: string): string => `_${path.replaceAll(/[ -]/g, "_")}`;

/** The functions of a command and of all that stands under it. */
const functionsOf = (model: CommandModel): string[] => {
  const specs = [...model.options.map(optionSpec), "'--help[how to use it]'"];
  const own =
    model.commands.length > 0
      ? dispatcher(functionName(model.path), model.commands, specs)
      : `${functionName(model.path)}() {
  _arguments -s ${[...specs, ...model.arguments.map(argumentSpec)].join(" \\\n    ")}
}`;
  return [...model.commands.flatMap(functionsOf), own];
};

const dispatcher = (
  name: string,
  commands: readonly CommandModel[],
  specs: readonly string[],
): string => `${name}() {
  local state line
  local -a commands=(
${commands.map((model) => `    ${quoted(`${model.name}:${model.description}`)}`).join("\n")}
  )
  _arguments -C ${specs.join(" \\\n    ")} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${commands.map((model) => `        ${model.name}) ${functionName(model.path)} ;;`).join("\n")}
      esac ;;
  esac
}`;

const optionSpec = (option: OptionModel): string => {
  const { short, long, description, value } = option;
  const text = bracketed(description);
  const action = value === undefined ? "" : `:${value.slice(1, -1)}:${actionOf(option)}`;
  const spec = `[${text}]${action}`;
  return short === undefined || short === long
    ? quoted(`${long}${spec}`)
    : `${quoted(`(${short} ${long})`)}{${short},${long}}${quoted(spec)}`;
};

const argumentSpec = (argument: ArgumentModel): string =>
  quoted(`:${argument.shown.slice(1, -1)}:${actionOf(argument)}`);

const actionOf = ({ kind, choices }: OptionModel | ArgumentModel): string => {
  if (kind === "choice") return `(${choices.join(" ")})`;
  if (kind === "file") return "_files";
  return kind === "folder" ? "_files -/" : " ";
};

const bracketed = (text: string): string =>
  text.replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", "\\:");
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
