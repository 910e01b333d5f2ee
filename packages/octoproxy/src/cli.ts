import { version } from "@octoproxy/lib/version";
import { Command, CommanderError } from "commander";
import { type CommandEntry, commandEntries } from "./commands.ts";

/** Wrong usage or configuration. */
const wrongUsage = 2;

const examples = `
Examples:
  octoproxy init my-proxy --server-name proxy.example
  octoproxy server -c server.toml
  octoproxy client -c client.toml
  octoproxy check -c client.toml
  octoproxy client --help

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 128 + n ended by a second signal.`;

/** The whole command line; only the command that is asked for is loaded. */
export const octoproxyCommand = async (
  args: readonly string[],
  entries: readonly CommandEntry[] = commandEntries,
): Promise<Command> => {
  const program = new Command("octoproxy")
    .description("a load-balancing forward proxy with mutual TLS over HTTP/2 and QUIC")
    .version(version, "-V, --version")
    .addHelpText("after", examples);
  const [wanted] = args.filter((word) => word !== "help" && !word.startsWith("-"));
  for (const entry of entries) {
    if (entry.name === wanted) program.addCommand(await entry.load());
    else program.command(entry.name).description(entry.summary);
  }
  return throwingErrors(program);
};

/**
 * Runs a command line.
 * @returns the status where the command line itself decided it; undefined where a command ran.
 */
export const runCommandLine = async (
  args: readonly string[],
  entries?: readonly CommandEntry[],
): Promise<number | undefined> => {
  const program = await octoproxyCommand(args, entries);
  try {
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : wrongUsage;
  }
};

/** Makes commander throw instead of ending the process, at every depth, and speak as the rest of the program does. */
const throwingErrors = (command: Command, path = ""): Command => {
  const name = path === "" ? command.name() : `${path} ${command.name()}`;
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(`${name}: ${oneSentence(text)}; see ${name} --help\n`),
  });
  for (const inner of command.commands) throwingErrors(inner, name);
  return command;
};

/** commander's `error: …`, with its suggestion in the same line. */
const oneSentence = (text: string): string =>
  text
    .replace(/^error: /, "")
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
