import { ConfigError, type ConfigFault, formatFaults } from "@octoproxy/lib/config/config-fault";
import { configOption } from "@octoproxy/lib/lifecycle/daemon-options";
import { Command } from "commander";
import { checkConfig } from "./check-config.ts";

const examples = `
Examples:
  octoproxy check -c client.toml
  octoproxy check -c server.toml

Looks at the file, the rules that it names, its certificates and keys. Exit status 0 or 2.`;

/** `octoproxy check`. */
export const checkCommand = (): Command =>
  new Command("check")
    .description("tell everything that is wrong with a client's or a server's configuration; starts nothing")
    .addOption(configOption())
    .addHelpText("after", examples)
    .action(({ config }: { readonly config: string }) => check(config));

const check = async (file: string): Promise<void> => {
  try {
    const { summary, warnings } = await checkConfig(file);
    process.stdout.write(`${warningLines(warnings)}PASS  ${summary}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.report()}\n`);
    process.exitCode = 2;
  }
};

const warningLines = (warnings: readonly ConfigFault[]): string =>
  warnings.length === 0
    ? ""
    : `${formatFaults(warnings)
        .split("\n")
        .map((line) => `WARN  ${line}`)
        .join("\n")}\n`;
