import { formatTarget, type Target } from "@octoproxy/lib/address/target";
import { AdminCallError, callAdmin } from "@octoproxy/lib/admin/admin-call";
import {
  type AdminOptionValues,
  adminAccess,
  adminAddressOption,
  tokenFileOption,
} from "@octoproxy/lib/admin/admin-options";
import { type ExplainView, explainViewSchema } from "@octoproxy/lib/admin/explain-schema";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { Command, Option } from "commander";
import { explainOffline, readTarget } from "./explain-offline.ts";
import { formatExplanation } from "./format-explanation.ts";

interface ExplainOptions extends AdminOptionValues {
  readonly config?: string;
  readonly json?: boolean;
}

/** For a daemon that hangs. */
const patienceMs = 5000;

const examples = `
Examples:
  octoproxy explain db.corp.example:443                      ask the client that runs on this machine
  octoproxy explain db.corp.example:443 -a 192.0.2.5:8403 --token-file token
  octoproxy explain db.corp.example:443 -c client.toml       from the configuration alone

Opens nothing. Exit status 0, 1 where no client answers, 2 for a wrong target or configuration.`;

/** `octoproxy explain`. */
export const explainCommand = (): Command =>
  new Command("explain")
    .description("tell which host rule and which backend a target gets, and why")
    .argument("<host:port>", "the target; without a port it is 443")
    .addOption(
      new Option("-c, --config <file>", "read a client's configuration instead of asking a running client"),
    )
    .addOption(adminAddressOption())
    .addOption(tokenFileOption())
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(explain);

const explain = async (text: string, options: ExplainOptions): Promise<void> => {
  try {
    const target = readTarget(text);
    const view =
      options.config === undefined
        ? await ask(target, options)
        : await explainOffline(options.config, target);
    process.stdout.write(
      `${options.json === true ? JSON.stringify(view, null, 2) : formatExplanation(view)}\n`,
    );
  } catch (error) {
    const [words, status] = failureOf(error);
    process.stderr.write(`${words}\n`);
    process.exitCode = status;
  }
};

const ask = async (target: Target, options: ExplainOptions): Promise<ExplainView> => {
  const path = `/api/v1/explain?target=${encodeURIComponent(formatTarget(target))}`;
  const answer = await callAdmin(await adminAccess(options), "GET", path, AbortSignal.timeout(patienceMs));
  const view = explainViewSchema.safeParse(answer);
  if (view.success) return view.data;
  throw new AdminCallError("the daemon's answer is not understood: is it of another version?");
};

const failureOf = (error: unknown): [words: string, status: number] => {
  if (error instanceof ConfigError) return [error.report("Nothing was explained."), 2];
  if (error instanceof ProxyError) return [`octoproxy explain: ${error.message}`, 2];
  if (!(error instanceof AdminCallError)) throw error;
  const hint = error.status === undefined ? " (or give its configuration with -c)" : "";
  return [`octoproxy explain: ${error.message}${hint}`, 1];
};
