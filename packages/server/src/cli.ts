import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import { configOption, listenOption } from "@octoproxy/lib/lifecycle/daemon-options";
import { startCommand } from "@octoproxy/lib/lifecycle/start-command";
import { Command } from "commander";
import { loadServerConfig } from "./config/load-server-config.ts";

interface ServerCommandOptions {
  readonly config: string;
  readonly listen?: ListenAddress;
  readonly auth?: string;
}

const examples = `
Examples:
  octoproxy server -c server.toml
  octoproxy server -c server.toml -l 0.0.0.0:8443 --auth clients-ca.crt

SIGTERM and SIGINT let tunnels finish and then end it, SIGHUP reloads the configuration.`;

/** `octoproxy server`. */
export const serverCommand = (): Command =>
  new Command("server")
    .description("accept the tunnels of clients with a certificate and connect them to their targets")
    .addOption(configOption())
    .addOption(listenOption())
    .option("--auth <file>", "authorities that clients' certificates must come from, instead of client_ca")
    .addHelpText("after", examples)
    .action(({ config: file, listen, auth }: ServerCommandOptions) =>
      startCommand({
        name: "octoproxy server",
        load: () => loadServerConfig(file, { listen, clientCa: auth }),
        start: async (...args) => (await import("./daemon.ts")).startServer(...args),
      }),
    );
