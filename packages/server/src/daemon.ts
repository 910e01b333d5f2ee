import { type OpenAdmin, openAdmin } from "@octoproxy/lib/admin/open-admin";
import type { ConfigFault } from "@octoproxy/lib/config/config-fault";
import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { BoundAddress, Daemon } from "@octoproxy/lib/lifecycle/daemon";
import { DescriptorReserve } from "@octoproxy/lib/lifecycle/descriptor-reserve";
import { Drain } from "@octoproxy/lib/lifecycle/drain";
import { collectWhenIdle } from "@octoproxy/lib/lifecycle/idle-collection";
import type { ReloadOutcome } from "@octoproxy/lib/lifecycle/reload-outcome";
import { ReloadQueue } from "@octoproxy/lib/lifecycle/reload-queue";
import type { LoadConfig } from "@octoproxy/lib/lifecycle/start-command";
import { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import { effectiveLevel } from "@octoproxy/lib/log/stderr-log";
import { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import type { Connection, ListenerHandlers } from "@octoproxy/lib/transport/transport";
import { Admission, type AdmissionLimits } from "./accept/admission.ts";
import { ClientRules } from "./accept/client-rules.ts";
import {
  type ListenersOwner,
  openAllListeners,
  type ServerListener,
  useIdentity,
} from "./accept/open-listeners.ts";
import { ServerControl, type ServerDaemonFace } from "./admin/server-control.ts";
import type { ServerConfig } from "./config/server-config.ts";
import type { ServerPlane } from "./data-plane.ts";
import { TargetDialer } from "./egress/target-dialer.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { serveStream } from "./serve-stream.ts";
import { TlsIdentity } from "./tls-identity.ts";

/** A side that has said FIN, and a tunnel in which nothing moved since: cut after so long. */
const halfCloseTimeoutMs = 15 * 60_000;

/** Starts a server. @throws what binding throws, or a ConfigError of its TLS files; then nothing is left running. */
export const startServer = async (
  config: ServerConfig,
  log: Logger,
  load: LoadConfig<ServerConfig>,
): Promise<Daemon> => {
  const server = new Server(config, log, load);
  await server.listen();
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
  #config: ServerConfig;
  identity: TlsIdentity;
  readonly #drain: Drain;
  readonly #idleCollection = collectWhenIdle(() => this.plane.metrics.book);

  constructor(config: ServerConfig, log: Logger, load: LoadConfig<ServerConfig>) {
    this.#config = config;
    this.#log = log;
    this.#load = load;
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
      admission: new Admission(limitsOf(config)),
      tunnels: new LiveSplices({ halfCloseTimeoutMs }, metrics.book),
      accessLog: new AccessLog(log, config.accessLog),
      dial: (target, client, signal) => this.#dialer.dial(target, client, signal),
    };
    this.#reloads = new ReloadQueue(log, {
      reload: () => this.#reloadOnce(),
      finished: (outcome) => this.#reloaded(outcome),
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

  get isDraining(): boolean {
    return this.#drain.begun;
  }

  async listen(): Promise<void> {
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
  }

  readonly handlers: ListenerHandlers = {
    connection: (connection) => {
      this.plane.admission.connection(connection);
      this.#logConnection(connection);
    },
    tunnel: (tunnel) => void serveStream(tunnel, this.plane),
    refused: (remoteAddress, error) => {
      const { code, message } = error;
      this.plane.metrics.turnedAway(error);
      this.#log.warn({ remote: remoteAddress, code, reason: message }, "client refused");
    },
    reopening: ({ message }) => this.#log.error({ reason: message }, "listener failed and opens again"),
  };

  #logConnection(connection: Connection): void {
    const { peer, protocol, remoteAddress: remote } = connection;
    this.#log.info({ client: peer.subject, remote, protocol }, "client connected");
    void connection.closed.then((error) =>
      this.#log.info(
        { client: peer.subject, remote, code: error?.code, reason: error?.message },
        "client left",
      ),
    );
  }

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
    const identity = TlsIdentity.load(config);
    this.#warnOfRestart(config);
    this.#config = config;
    this.identity = identity;
    this.#log.level = effectiveLevel(config.logLevel);
    this.plane.admission.limits = limitsOf(config);
    this.plane.accessLog = new AccessLog(this.#log, config.accessLog);
    this.#dialer.configure(config);
    for (const listener of this.#listeners) useIdentity(listener, identity);
    this.#admin?.configure(config);
    this.#log.info({ file: config.file }, "reloaded");
    return warnings;
  }

  #warnOfRestart(next: ServerConfig): void {
    if (next.quic !== this.#config.quic) {
      this.#log.warn({ quic: next.quic }, "quic changes only with a restart");
    }
    const addresses = (config: ServerConfig): string =>
      config.listenAddresses.map(formatListenAddress).join(", ");
    if (addresses(next) !== addresses(this.#config)) {
      this.#log.warn({ listen_address: addresses(next) }, "listen_address changes only with a restart");
    }
    const webtransport = ({ webtransportAddress: address }: ServerConfig): string =>
      address === undefined ? "" : formatListenAddress(address);
    if (webtransport(next) === webtransport(this.#config)) return;
    this.#log.warn(
      { webtransport_address: webtransport(next) },
      "webtransport_address changes only with a restart",
    );
  }

  destroy(): void {
    this.#idleCollection[Symbol.dispose]();
    this.#control?.[Symbol.dispose]();
    void this.#admin?.close();
    for (const listener of this.#listeners) listener.destroy();
    this.plane.tunnels.destroy(new ProxyError("ABORTED"));
  }
}

const limitsOf = (config: ServerConfig): AdmissionLimits => ({
  maxConnections: config.maxConcurrentTasks,
  maxTunnelsOf: maxTunnelsOf(config),
});

/** The limit of a client's first rule that has one, else everybody's. */
const maxTunnelsOf = ({ clients, maxTunnelsPerClient }: ServerConfig): AdmissionLimits["maxTunnelsOf"] => {
  const rules = new ClientRules(clients);
  return (client) => rules.of(client)?.maxTunnels ?? maxTunnelsPerClient;
};
