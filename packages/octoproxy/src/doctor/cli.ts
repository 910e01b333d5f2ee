import { configOption } from "@octoproxy/lib/lifecycle/daemon-options";
import { Command } from "commander";
import { examine } from "./examine.ts";
import { formatFindings } from "./finding.ts";

const examples = `
Examples:
  octoproxy doctor -c client.toml
  octoproxy doctor -c server.toml --json

Looks at files, certificates, the machine, and each backend over TCP and UDP. Exit status 1 where a check fails.`;

/** `octoproxy doctor`. */
export const doctorCommand = (): Command =>
  new Command("doctor")
    .description("tell what works with a configuration on this machine, what does not, and what to do")
    .addOption(configOption())
    .option("--json", "for machines", false)
    .addHelpText("after", examples)
    .action(async ({ config, json }: { readonly config: string; readonly json: boolean }) => {
      const findings = await examine(config);
      const text = json ? `${JSON.stringify(findings, undefined, 2)}\n` : formatFindings(findings);
      process.stdout.write(text);
      if (findings.some(({ state }) => state === "FAIL")) process.exitCode = 1;
    });
