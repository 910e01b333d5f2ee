import { type OpenAdmin, openAdmin } from "@octoproxy/lib/admin/open-admin";
import { ConfigError, type ConfigFault } from "@octoproxy/lib/config/config-fault";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { CertificateUpkeep, type RefreshOutcome } from "@octoproxy/lib/lifecycle/certificate-upkeep";
import type { BoundAddress, Daemon } from "@octoproxy/lib/lifecycle/daemon";
import { DescriptorReserve } from "@octoproxy/lib/lifecycle/descriptor-reserve";
import { Drain } from "@octoproxy/lib/lifecycle/drain";
import { collectWhenIdle } from "@octoproxy/lib/lifecycle/idle-collection";
import type { ReloadOutcome } from "@octoproxy/lib/lifecycle/reload-outcome";
import { ReloadQueue } from "@octoproxy/lib/lifecycle/reload-queue";
import type { LoadConfig } from "@octoproxy/lib/lifecycle/start-command";
import { versionsOf } from "@octoproxy/lib/lifecycle/watched-files";
import { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import { effectiveLevel } from "@octoproxy/lib/log/stderr-log";
import { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import type { CertificateExpiry } from "@octoproxy/lib/tls/certificate-expiry";
import type { ListenerHandlers } from "@octoproxy/lib/transport/transport";
import { Admission } from "./accept/admission.ts";
import { limitsOf } from "./accept/admission-limits.ts";
import { LiveConnections } from "./accept/live-connections.ts";
import {
  exchangeIdentity,
  type ListenersOwner,
  openAllListeners,
  type ServerListener,
} from "./accept/open-listeners.ts";
import { ServerControl, type ServerDaemonFace } from "./admin/server-control.ts";
import type { ServerConfig } from "./config/server-config.ts";
import type { ServerPlane } from "./data-plane.ts";
import { TargetDialer } from "./egress/target-dialer.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { warnOfRestart } from "./restart-warnings.ts";
import { serveStream } from "./serve-stream.ts";
import { TlsIdentity, tlsFilesOf } from "./tls-identity.ts";

/** Starts a server. @throws what binding throws, or a ConfigError of its TLS files; then nothing is left running. */
export const startServer = async (
  config: ServerConfig,
  log: Logger,
  load: LoadConfig<ServerConfig>,
): Promise<Daemon> => {
  const versions = await versionsOf(tlsFilesOf(config));
  const server = new Server(config, log, load);
  await server.listen(versions);
  return server;
};

/** Constructs the stations and joins them. */
class Server implements Daemon, ServerDaemonFace, ListenersOwner {
  readonly #log: Logger;
  readonly #load: LoadConfig<ServerConfig>;
  readonly #listeners: ServerListener[] = [];
  readonly descriptors = new DescriptorReserve();
  readonly #dialer: TargetDialer;
  readonly plane: ServerPlane;
  #control: ServerControl | undefined;
  #admin: OpenAdmin | undefined;
  readonly #reloads: ReloadQueue;
  readonly #certificates: CertificateUpkeep;
  readonly #live: LiveConnections;
  #config: ServerConfig;
  identity: TlsIdentity;
  readonly #drain: Drain;
  readonly #idleCollection = collectWhenIdle(() => this.plane.metrics.book);

  constructor(config: ServerConfig, log: Logger, load: LoadConfig<ServerConfig>) {
    this.#config = config;
    this.#log = log;
    this.#load = load;
    this.#live = new LiveConnections(log);
    this.identity = TlsIdentity.load(config);
    this.#dialer = new TargetDialer(
      config,
      () => this.addresses.map(({ address }) => address),
      this.descriptors,
    );
    const metrics = new ServerMetrics();
    this.plane = {
      log,
      metrics,
      admission: new Admission(limitsOf(config), (client) => this.#live.makeRoom(client)),
      tunnels: new LiveSplices(metrics.book),
      accessLog: new AccessLog(log, config.accessLog),
      dial: (target, client, signal) => this.#dialer.dial(target, client, signal),
    };
    this.#reloads = new ReloadQueue(log, {
      reload: () => this.#reloadOnce(),
      finished: (outcome) => this.#reloaded(outcome),
    });
    this.#certificates = new CertificateUpkeep(log, this.#reloads, {
      refresh: () => this.#refresh(),
      refreshed: (outcome) => this.#control?.refreshed(outcome),
      expiries: () => this.expiries,
    });
    this.#drain = new Drain(log, {
      openTunnels: () => this.plane.tunnels.size,
      timeoutMs: () => this.#config.drainTimeoutMs,
      begin: () => this.#beginDrain(),
      finish: (signal) => this.#finishDrain(signal),
      end: () => this.#endAdmin(),
    });
  }

  get addresses(): readonly BoundAddress[] {
    const served = this.#listeners.map(({ address, protocol }) => ({ address, protocol }));
    return this.#admin === undefined ? served : [...served, this.#admin.address];
  }

  get config(): ServerConfig {
    return this.#config;
  }

  get expiries(): readonly CertificateExpiry[] {
    return this.identity.material.expiries;
  }

  get isDraining(): boolean {
    return this.#drain.begun;
  }

  /** @param versions of the files of certificates, from before they were read. */
  async listen(versions: string): Promise<void> {
    try {
      await openAllListeners(this, this.#listeners);
      for (const { address, protocol } of this.addresses) this.#log.info({ address, protocol }, "listening");
      const { metricAddress } = this.#config;
      if (metricAddress !== undefined) {
        this.#control = new ServerControl(this);
        this.#admin = await openAdmin(this.#control, "server", { ...this.#config, metricAddress }, this.#log);
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
    this.#certificates.follow(tlsFilesOf(this.#config), versions);
  }

  readonly handlers: ListenerHandlers = {
    connection: (connection) => {
      this.plane.admission.connection(connection);
      this.#live.add(connection);
    },
    tunnel: (tunnel) => void serveStream(tunnel, this.plane),
    refused: (remoteAddress, error) => {
      const { code, message } = error;
      this.plane.metrics.turnedAway(error);
      this.#log.warn({ remote: remoteAddress, code, reason: message }, "client refused");
    },
    reopening: ({ message }) => this.#log.error({ reason: message }, "listener failed and opens again"),
  };

  drain(): Promise<boolean> {
    return this.#drain.run();
  }

  #beginDrain(): void {
    this.#control?.draining();
    this.plane.admission.drain();
  }

  async #finishDrain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(signal)));
  }

  async #endAdmin(): Promise<void> {
    await this.#admin?.close();
    this.#control?.[Symbol.dispose]();
  }

  async reload(): Promise<void> {
    await this.reloadNow();
  }

  reloadNow(): Promise<ReloadOutcome> {
    return this.#reloads.run();
  }

  #reloaded(outcome: ReloadOutcome): void {
    this.plane.metrics.reloads.add(outcome.done ? "done" : "refused");
    this.#control?.reloaded(outcome);
  }

  async #reloadOnce(): Promise<readonly ConfigFault[]> {
    const { config, warnings } = await this.#load();
    const files = tlsFilesOf(config);
    const versions = await versionsOf(files);
    const identity = TlsIdentity.load(config);
    const changed = !identity.isSameAs(this.identity);
    this.#take(identity);
    warnOfRestart(this.#log, this.#config, config);
    this.#config = config;
    this.#log.level = effectiveLevel(config.logLevel);
    this.plane.admission.limits = limitsOf(config);
    this.plane.accessLog = new AccessLog(this.#log, config.accessLog);
    this.#dialer.configure(config);
    this.#admin?.configure(config);
    if (changed) this.#certificates.took([identity]);
    this.#certificates.follow(files, versions);
    this.#log.info({ file: config.file }, "reloaded");
    return warnings;
  }

  #refresh(): RefreshOutcome {
    try {
      const identity = TlsIdentity.load(this.#config);
      if (identity.isSameAs(this.identity)) return { taken: [], faults: [] };
      this.#take(identity);
      return { taken: [identity], faults: [] };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { taken: [], faults: error.faults.map(({ message }) => message) };
    }
  }

  /** @throws ConfigError where TLS does not take it; then the former one stays everywhere. */
  #take(identity: TlsIdentity): void {
    exchangeIdentity(this.#listeners, identity, this.identity, this.#config.file);
    this.identity = identity;
    this.#live.endRevoked(identity.material.trust, Date.now());
  }

  destroy(): void {
    this.#idleCollection[Symbol.dispose]();
    this.#certificates[Symbol.dispose]();
    this.#control?.[Symbol.dispose]();
    void this.#admin?.close();
    for (const listener of this.#listeners) listener.destroy();
    this.plane.tunnels.destroy(new ProxyError("ABORTED"));
  }
}
