import { loadClientConfig } from "@octoproxy/client/config/load-client-config";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { configKind } from "@octoproxy/lib/config/config-kind";
import { readDocument } from "@octoproxy/lib/config/read-document";
import { printable } from "@octoproxy/lib/error/proxy-error";
import { configOption } from "@octoproxy/lib/lifecycle/daemon-options";
import { loadServerConfig } from "@octoproxy/server/config/load-server-config";
import { Command } from "commander";
import { checkClient, checkServer } from "./health.ts";

/** What Docker's and systemd's checks usually wait. */
const patienceMs = 5000;

const examples = `
Examples:
  octoproxy healthcheck -c client.toml
  HEALTHCHECK CMD ["octoproxy", "healthcheck", "-c", "/etc/octoproxy/server.toml"]

Asks the daemon that runs with this configuration on this machine: a client by its admin API, a server by a TLS
handshake. Exit status 0 where it serves, 1 where it does not, 2 for a wrong configuration.`;

/** `octoproxy healthcheck`. */
export const healthcheckCommand = (): Command =>
  new Command("healthcheck")
    .description("tell whether the daemon of a configuration serves, for containers and supervisors")
    .addOption(configOption())
    .addHelpText("after", examples)
    .action(({ config }: { readonly config: string }) => healthcheck(config));

const healthcheck = async (file: string): Promise<void> => {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const document = await readDocument(file, process.cwd());
    const found =
      configKind(document.values) === "server"
        ? await checkServer((await loadServerConfig(file)).config, signal)
        : await checkClient((await loadClientConfig(file)).config, signal);
    process.stdout.write(`healthy: ${found}\n`);
  } catch (error) {
    const isWrong = error instanceof ConfigError;
    const words = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      isWrong ? `${error.report("Nothing was checked.")}\n` : `unhealthy: ${printable(words)}\n`,
    );
    process.exitCode = isWrong ? 2 : 1;
  }
};
