import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { ConfigError } from "../config/config-fault.ts";
import type { LogSink } from "../log/log-sink.ts";
import type { Logger } from "../log/logger.ts";
import type { Daemon } from "./daemon.ts";
import { type ServiceNotify, supervisorOf } from "./service-notify.ts";
import { startSentence } from "./start-sentence.ts";

/** What a stuck log, or a stuck supervisor, may cost at the end. */
const flushMs = 1000;

/** Everything of the process that a daemon's life touches; the process itself but in tests. */
export interface ProcessFace {
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(status: number): void;
  stderr: { write(text: string): unknown };
}

/** How the daemon is named in sentences, `octoproxy client`. */
export interface DaemonRun {
  readonly name: string;
  readonly start: () => Promise<Daemon>;
  readonly log: Logger;
  readonly sink: LogSink;
  readonly host?: ProcessFace;
  /** Default: systemd, where it started this process as `Type=notify`. */
  readonly supervisor?: ServiceNotify;
}

/**
 * Runs a daemon to its end and ends the process: SIGINT and SIGTERM drain (status 0, or 1 where tunnels had to be
 * cut), a second one ends at once with 128 + its number, SIGHUP reloads. A start that fails is a sentence and status 1, or 2 where
 * the configuration's files changed meanwhile and are wrong now.
 */
export const runDaemon = async ({
  name,
  start,
  log,
  sink,
  host = process,
  supervisor = supervisorOf(process.env),
}: DaemonRun): Promise<void> => {
  let daemon: Daemon | undefined;
  let stopping = false;
  const end = async (status: number): Promise<void> => {
    await Promise.race([supervisor.said, setTimeout(flushMs, undefined, { ref: false })]);
    await sink.flush(flushMs);
    host.exit(status);
  };
  const drain = async (): Promise<void> => {
    try {
      await end((await daemon!.drain()) ? 0 : 1);
    } catch (error) {
      log.error({ err: error }, "drain failed");
      await end(1);
    }
  };
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      daemon?.destroy();
      host.exit(128 + constants.signals[signal]);
      return;
    }
    stopping = true;
    log.info({ signal }, "stopping");
    supervisor.stopping();
    if (daemon !== undefined) void drain();
  };
  host.on("SIGINT", stop);
  host.on("SIGTERM", stop);
  host.on("SIGHUP", () => {
    if (stopping || daemon === undefined) return;
    supervisor.reloading();
    daemon
      .reload()
      .catch((error: unknown) => log.error({ err: error }, "reload failed"))
      .finally(() => supervisor.ready());
  });
  try {
    daemon = await start();
    supervisor.ready();
    daemon.watchStatus?.((status) => supervisor.status(status));
  } catch (error) {
    await sink.flush(flushMs);
    const faulty = error instanceof ConfigError;
    host.stderr.write(faulty ? `${error.report()}\n` : `${name}: ${startSentence(error)}\n`);
    host.exit(faulty ? 2 : 1);
    return;
  }
  // A signal came while it started.
  if (stopping) await drain();
};
