import type { ArgumentModel, CommandModel, OptionModel } from "../reference/command-model.ts";

/** A completion script for bash 4 or newer; it needs nothing of bash-completion. */
export const bashCompletion = (models: readonly CommandModel[]): string => `# bash completion of octoproxy
_octoproxy() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path $word" in
${pathsOf(models)
  .map((path) => `      "${path}") path="${path}" ;;`)
  .join("\n")}
    esac
  done
  case "$path|$previous" in
${models.flatMap(withInner).flatMap(valueCases).join("\n")}
  esac
  case "$path" in
    "") _octoproxy_words "${[...models.map(({ name }) => name), "--help", "--version"].join(" ")}" ;;
${models.flatMap(withInner).map(wordCase).join("\n")}
  esac
}
_octoproxy_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_octoproxy_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$current"); }
complete -F _octoproxy octoproxy
`;

const withInner = (model: CommandModel): CommandModel[] => [model, ...model.commands.flatMap(withInner)];

/** ` easycert gen`: what the loop over the words has put together. */
const keyOf = ({ path }: CommandModel): string => path.slice("octoproxy".length);

const pathsOf = (models: readonly CommandModel[]): string[] => models.flatMap(withInner).map(keyOf);

const valueCases = (model: CommandModel): string[] =>
  model.options
    .filter(({ value }) => value !== undefined)
    .map((option) => {
      const names = [option.short, option.long].filter((name) => name !== undefined);
      const patterns = names.map((name) => `"${keyOf(model)}|${name}"`).join("|");
      return `    ${patterns}) ${offer(option)}return ;;`;
    });

const offer = ({ kind, choices }: OptionModel | ArgumentModel): string => {
  if (kind === "choice") return `_octoproxy_words "${choices.join(" ")}"; `;
  if (kind === "file") return "_octoproxy_files -f; ";
  return kind === "folder" ? "_octoproxy_files -d; " : "";
};

const wordCase = (model: CommandModel): string => {
  const inner = model.commands.map(({ name }) => name);
  const options = model.options.map(({ long }) => long);
  const [argument] = model.arguments;
  const words = `_octoproxy_words "${[...inner, ...(argument?.choices ?? []), ...options, "--help"].join(" ")}"`;
  const files =
    argument === undefined ? "" : { file: "-f", folder: "-d", choice: "", other: "" }[argument.kind];
  if (files === "") return `    "${keyOf(model)}") ${words} ;;`;
  return `    "${keyOf(model)}") if [[ $current == -* ]]; then ${words}; else _octoproxy_files ${files}; fi ;;`;
};
