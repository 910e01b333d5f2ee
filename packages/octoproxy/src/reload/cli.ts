import { AdminCallError, callAdmin } from "@octoproxy/lib/admin/admin-call";
import {
  type AdminOptionValues,
  adminAccess,
  adminAddressOption,
  tokenFileOption,
} from "@octoproxy/lib/admin/admin-options";
import { type FaultView, reloadedSchema } from "@octoproxy/lib/admin/schemas";
import { ConfigError, type ConfigFault, formatFaults } from "@octoproxy/lib/config/config-fault";
import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { Command } from "commander";

/** Large rule files take their time. */
const patienceMs = 60_000;

const examples = `
Examples:
  octoproxy reload
  octoproxy reload -a 127.0.0.1:8404 --token-file token

Does what SIGHUP does, and says what came of it. Exit status 0, 1 where no daemon answers, 2 where the configuration is
wrong: then nothing was changed.`;

/** `octoproxy reload`. */
export const reloadCommand = (): Command =>
  new Command("reload")
    .description("make a running daemon read its configuration, rules and certificates anew")
    .addOption(adminAddressOption())
    .addOption(tokenFileOption())
    .addHelpText("after", examples)
    .action(reload);

const reload = async (options: AdminOptionValues): Promise<void> => {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await callAdmin(await adminAccess(options), "POST", "/api/v1/reload", signal);
    const warnings = reloadedSchema.safeParse(answer).data?.warnings ?? [];
    if (warnings.length > 0) process.stdout.write(`${formatFaults(warnings.map(faultOf))}\n`);
    process.stdout.write(`${formatListenAddress(options.address)}: reloaded\n`);
  } catch (error) {
    if (!(error instanceof AdminCallError)) throw error;
    const faults = error.faults.map(faultOf);
    const words =
      faults.length > 0
        ? new ConfigError(faults).report("Nothing was changed.")
        : `octoproxy reload: ${error.message}`;
    process.stderr.write(`${words}\n`);
    process.exitCode = error.status === 409 ? 2 : 1;
  }
};

const faultOf = ({ file, line, column, key, message }: FaultView): ConfigFault => ({
  file,
  line: line ?? undefined,
  column: column ?? undefined,
  keyPath: key ?? "",
  message,
});
