import type { DaemonHandle } from "./daemon-handle.ts";

/** A way from the load generator to the origin that is being measured. */
export interface Chain {
  readonly name: string;
  /** Why it cannot take part on this machine; undefined when it can. */
  readonly missing: string | undefined;
  start(folder: BenchFolder): Promise<RunningChain>;
}

export interface RunningChain {
  /** `ip:port` of the HTTP proxy that the load goes through; undefined is straight to the origin. */
  readonly proxy: string | undefined;
  /** Whose CPU time and memory is counted, in the order of the data's way. */
  readonly daemons: readonly DaemonHandle[];
  stop(): Promise<void>;
}

/** Files that every chain may use: certificates of one authority, and room for its own configuration. */
export interface BenchFolder {
  readonly path: string;
  /** Path of `certs/<name>` within it. */
  certificate(
    name: "ca.crt" | "server/server.crt" | "server/server.key" | "client/client.crt" | "client/client.key",
  ): string;
}
