import type { BenchFolder } from "./bench-folder.ts";
import type { DaemonHandle } from "./daemon-handle.ts";
import type { Origin } from "./origin/origin.ts";

/** A way from the load generator to the origin that is being measured. */
export interface Chain {
  readonly name: string;
  /** What carries the bytes between the two sides; `none` for direct. */
  readonly transport: "none" | "http2" | "quic" | "tls";
  /** Why it cannot take part on this machine; undefined when it can. */
  readonly missing: string | undefined;
  /** The only workloads that it can do; undefined is all. */
  readonly only?: readonly string[];
  start(folder: BenchFolder, origin: Origin): Promise<RunningChain>;
}

export interface RunningChain {
  /** `ip:port` of the HTTP proxy that the load goes through; undefined is straight to the origin. */
  readonly proxy: string | undefined;
  /** Where the server side takes its mutual TLS, to be asked without a certificate; undefined for direct. */
  readonly secured: SecuredEntry | undefined;
  /** Whose CPU time and memory is counted, in the order of the data's way. */
  readonly daemons: readonly DaemonHandle[];
}

/** An entry that must let nobody in without a certificate. */
export interface SecuredEntry {
  /** `ip:port`. */
  readonly address: string;
  readonly speaks: "http2" | "http1" | "quic";
}

/** Ends all of its processes at once: nothing of a chain is worth a farewell. */
export const stopChain = async ({ daemons }: RunningChain): Promise<void> => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
};
