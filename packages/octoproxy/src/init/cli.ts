import { join } from "node:path";
import { exitByConvention, run } from "@octoproxy/easycert/cli-options";
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from "@octoproxy/lib/config/listen-address";
import { Command, InvalidArgumentError } from "commander";
import { askServerName } from "./ask-server-name.ts";
import { leafDays, makeSet } from "./make-set.ts";
import { quicBuilt } from "./server-toml.ts";
import { planSet, type SetPlan, type SetWish } from "./set-plan.ts";

const examples = `
Examples:
  octoproxy init my-proxy --server-name proxy.example     for two machines
  octoproxy init                                          here, both on this machine; on a terminal it asks`;

/** `octoproxy init`. */
export const initCommand = (): Command =>
  exitByConvention(new Command("init"))
    .description("write a complete working set: certificates, server.toml, client.toml, host_rule.toml")
    .argument("[dir]", "where to write", ".")
    .option(
      "--server-name <host>",
      "name or IP address by which clients reach the server (default: this machine)",
    )
    .option(
      "--server-listen <address>",
      "ip:port (default: 0.0.0.0:8443, or 127.0.0.1:8443 without a name)",
      readAddress,
    )
    .option(
      "--client-listen <address>",
      "ip:port for applications",
      readAddress,
      readAddress("127.0.0.1:8081"),
    )
    .option(
      "--metric-address <address>",
      "ip:port of the client's admin API, or off",
      readMetric,
      "127.0.0.1:8403",
    )
    .option("--force", "overwrite what is there", false)
    .addHelpText("after", examples)
    .action(async (directory: string, options: SetWish & { readonly force: boolean }) => {
      const { stdin, stdout } = process;
      const asks = options.serverName === undefined && options.serverListen === undefined;
      const serverName =
        asks && stdin.isTTY && stdout.isTTY
          ? await askServerName({ input: stdin, output: stdout })
          : options.serverName;
      run(() => {
        const plan = planSet({ ...options, serverName });
        makeSet(directory, plan, options.force, Date.now());
        process.stdout.write(told(directory, plan));
      });
    });

const readAddress = (text: string): ListenAddress => {
  const address = parseListenAddress(text);
  if (address === undefined || address.port === 0)
    throw new InvalidArgumentError("ip:port or [v6]:port is wanted.");
  return address;
};

const readMetric = (text: string): string => (text === "off" ? text : formatListenAddress(readAddress(text)));

/** What was made, what goes where, what to run and what to open. */
const told = (directory: string, plan: SetPlan): string => {
  const inside = (name: string): string => join(directory, name);
  const { port } = plan.serverListen;
  const firewall = quicBuilt ? `TCP ${port} and UDP ${port}` : `TCP ${port}`;
  const names = plan.names.map(({ type, value }) => `${type}:${value}`).join(" · ");
  const proxy = formatListenAddress(plan.clientListen);
  return `Made in ${directory}, the certificates for ${leafDays} days; the server's bears ${names}

  the server's machine   server.toml  server/
  the client's machine   client.toml  host_rule.toml  client/
  neither                ca/          ca.key signs new certificates: keep it apart

Run:
  octoproxy server -c ${inside("server.toml")}
  octoproxy client -c ${inside("client.toml")}
  curl -x http://${proxy} https://example.com/
${plan.twoMachines ? `\nOpen ${firewall} on the server's firewall.\n` : ""}`;
};
