import { readFileSync } from "node:fs";
import { type BenchFolder, octoproxyCommand } from "../bench-folder.ts";
import type { RunningChain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";

/** What differs from the two daemons with the configuration of `bench/`. */
export interface PairOptions {
  readonly transport: "http2" | "quic";
  /** Servers behind the client; default 1. */
  readonly servers?: number;
  /** Backends of the client, shared out among the servers; default one for each server. */
  readonly backends?: number;
  /** Servers take up to 20,000 connections, and as many handshakes at once. */
  readonly roomy?: boolean;
  /** Both serve their admin API, on ports that they say. */
  readonly admin?: boolean;
  /** The command line of another tree. */
  readonly command?: string;
  /** Options of Node for both daemons, told the side. */
  readonly nodeOptions?: (side: "client" | "server") => readonly string[];
}

const configuration = (name: "client" | "server"): string =>
  readFileSync(new URL(`../../${name}.toml`, import.meta.url), "utf8");

/** What a daemon says once it listens; the first group is the address. */
export const listening = (protocol: string): RegExp =>
  new RegExp(`"address":"([^"]+)","protocol":"${protocol}","msg":"listening"`);

const anyPort = ["-l", "127.0.0.1:0"];

/** The daemons as users run them. */
export const startOctoproxy = async (folder: BenchFolder, options: PairOptions): Promise<RunningChain> => {
  const { transport, servers = 1, backends = servers, command = octoproxyCommand } = options;
  const start = (side: "client" | "server", file: string): DaemonHandle => {
    const args = [...(options.nodeOptions?.(side) ?? []), command, side, "-c", file, ...anyPort];
    return new DaemonHandle(side, process.execPath, args);
  };
  const quic = transport === "quic" ? "quic = true\n" : "";
  const room = options.roomy ? "max_concurrent_tasks = 20000\nmax_pending_handshakes = 20000\n" : "";
  const adminOn = 'metric_address = "127.0.0.1:0"';
  const serverText = configuration("server") + quic + room + (options.admin ? `${adminOn}\n` : "");
  const serverFile = folder.write(`${transport}-server.toml`, serverText);
  const running: DaemonHandle[] = [];
  const addresses: string[] = [];
  for (let index = 0; index < servers; index++) {
    const server = start("server", serverFile);
    running.push(server);
    const [, address = ""] = await server.said(listening(transport));
    addresses.push(address);
  }
  const clientText = configuration("client");
  const [head = "", backend = ""] = (
    options.admin ? clientText.replace(/^metric_address = .*$/m, adminOn) : clientText
  ).split(/^(?=\[backends)/m);
  const tables = Array.from({ length: backends }, (_, index) =>
    backend
      .replace("[backends.local]", `[backends.local${index}]`)
      .replace(/^address = .*$/m, `address = "${addresses[index % servers]}"`)
      .replace(/^protocol = .*$/m, `protocol = "${transport}"`),
  );
  const client = start("client", folder.write(`${transport}-client.toml`, [head, ...tables].join("\n")));
  const [, proxy = ""] = await client.said(listening("proxy"));
  return {
    proxy,
    secured: { address: addresses[0] ?? "", speaks: transport },
    daemons: [client, ...running],
  };
};
