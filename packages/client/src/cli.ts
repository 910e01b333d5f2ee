import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import { configOption, listenOption } from "@octoproxy/lib/lifecycle/daemon-options";
import { startCommand } from "@octoproxy/lib/lifecycle/start-command";
import { Command } from "commander";
import { loadClientConfig } from "./config/load-client-config.ts";

interface ClientCommandOptions {
  readonly config: string;
  readonly listen?: ListenAddress;
}

const examples = `
Examples:
  octoproxy client -c client.toml
  octoproxy client -c client.toml -l 127.0.0.1:3128
  curl -x http://127.0.0.1:8081 https://example.com/

SIGTERM and SIGINT let tunnels finish and then end it, SIGHUP reloads the configuration.`;

/** `octoproxy client`. */
export const clientCommand = (): Command =>
  new Command("client")
    .description("take the connections of applications and carry them to the backends")
    .addOption(configOption())
    .addOption(listenOption())
    .addHelpText("after", examples)
    .action(({ config: file, listen }: ClientCommandOptions) =>
      startCommand({
        name: "octoproxy client",
        load: () => loadClientConfig(file, { listen }),
        start: async (...args) => (await import("./daemon.ts")).startClient(...args),
      }),
    );
