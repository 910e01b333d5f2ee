import type { Command } from "commander";

/** One subcommand: its code is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  /** For the list in `octoproxy --help`. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** In the order of the help. */
export const commandEntries: readonly CommandEntry[] = [
  {
    name: "client",
    summary: "take the connections of applications and carry them to the backends",
    load: async () => (await import("@octoproxy/client/cli")).clientCommand(),
  },
  {
    name: "server",
    summary: "accept the tunnels of clients with a certificate and connect them to their targets",
    load: async () => (await import("@octoproxy/server/cli")).serverCommand(),
  },
  {
    name: "check",
    summary: "tell everything that is wrong with a configuration; starts nothing",
    load: async () => (await import("./check/cli.ts")).checkCommand(),
  },
  {
    name: "init",
    summary: "write a complete working set: certificates and both configurations",
    load: async () => (await import("./init/cli.ts")).initCommand(),
  },
  {
    name: "easycert",
    summary: "make and look at certificates",
    load: async () => (await import("@octoproxy/easycert/cli")).easycertCommand(),
  },
  {
    name: "tui",
    summary: "watch and steer a running daemon in the terminal",
    load: async () => (await import("@octoproxy/tui/cli")).tuiCommand(),
  },
  {
    name: "explain",
    summary: "tell which host rule and which backend a target gets, and why",
    load: async () => (await import("./explain/cli.ts")).explainCommand(),
  },
  {
    name: "reload",
    summary: "make a running daemon read its configuration anew",
    load: async () => (await import("./reload/cli.ts")).reloadCommand(),
  },
  {
    name: "healthcheck",
    summary: "tell whether the daemon of a configuration serves",
    load: async () => (await import("./healthcheck/cli.ts")).healthcheckCommand(),
  },
  {
    name: "doctor",
    summary: "tell what works with a configuration on this machine, what does not, and what to do",
    load: async () => (await import("./doctor/cli.ts")).doctorCommand(),
  },
  {
    name: "completion",
    summary: "write the script with which bash, zsh or fish completes this command",
    load: async () => (await import("./completion/cli.ts")).completionCommand(commandEntries),
  },
];
