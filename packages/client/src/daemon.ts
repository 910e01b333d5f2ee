import { type OpenAdmin, openAdmin } from "@octoproxy/lib/admin/open-admin";
import type { ConfigFault } from "@octoproxy/lib/config/config-fault";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { dial } from "@octoproxy/lib/dial/dial";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { BoundAddress, Daemon } from "@octoproxy/lib/lifecycle/daemon";
import { collectWhenIdle } from "@octoproxy/lib/lifecycle/idle-collection";
import { type ReloadOutcome, tryReload } from "@octoproxy/lib/lifecycle/reload-outcome";
import type { LoadConfig } from "@octoproxy/lib/lifecycle/start-command";
import { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import { effectiveLevel } from "@octoproxy/lib/log/stderr-log";
import { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import { ClientControl } from "./admin/client-control.ts";
import type { ClientDaemonFace } from "./admin/client-daemon-face.ts";
import { replanned, steeredPlans } from "./admin/steered-plans.ts";
import { Steering } from "./admin/steering-policy.ts";
import { type BackendPlan, BackendSet, type BackendSetEvents } from "./backend/backend-set.ts";
import type { BackendConfig, ClientConfig } from "./config/client-config.ts";
import type { ClientPlane } from "./data-plane.ts";
import { forwardRecorder, forwardRouter } from "./forward-session.ts";
import { ForwardProxy } from "./inbound/forward/forward-proxy.ts";
import { type ApplicationListener, listenApplications } from "./inbound/listen-applications.ts";
import { ClientMetrics } from "./metrics/client-metrics.ts";
import { RuleTable } from "./route/rule-table.ts";
import { serveApplication } from "./session.ts";

/** A side that has said FIN, and a tunnel in which nothing moved since: cut after so long. */
const halfCloseTimeoutMs = 15 * 60_000;

/** Starts a client. @throws what binding throws, or a ConfigError of its TLS files; then nothing is left running. */
export const startClient = async (
  config: ClientConfig,
  log: Logger,
  load: LoadConfig<ClientConfig>,
): Promise<Daemon> => {
  const client = new Client(config, log, load);
  await client.start();
  return client;
};

/** Constructs the stations and joins them. */
class Client implements Daemon, ClientDaemonFace {
  readonly #log: Logger;
  readonly #load: LoadConfig<ClientConfig>;
  readonly #listeners: ApplicationListener[] = [];
  readonly plane: ClientPlane;
  readonly steering = new Steering();
  readonly #forward: ForwardProxy;
  #plans: readonly BackendPlan[] = [];
  #control: ClientControl | undefined;
  #admin: OpenAdmin | undefined;
  #statusListener: ((status: string) => void) | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #config: ClientConfig;
  #resolver: Resolver;
  #drained: Promise<boolean> | undefined;
  readonly #idleCollection = collectWhenIdle(() => this.plane.tunnels);

  constructor(config: ClientConfig, log: Logger, load: LoadConfig<ClientConfig>) {
    this.#config = config;
    this.#log = log;
    this.#load = load;
    this.#resolver = new Resolver({ servers: config.dnsServers });
    const metrics = new ClientMetrics();
    this.plane = {
      log,
      metrics,
      backends: new BackendSet(config.balance, this.#backendEvents),
      tunnels: new LiveSplices({ halfCloseTimeoutMs }, metrics.book),
      rules: new RuleTable(config.hostRules?.rules ?? []),
      accessLog: new AccessLog(log, config.accessLog),
      connectTimeoutMs: config.connectTimeoutMs,
      dialDirect: (target, signal) => this.#dialDirect(target, signal),
    };
    this.#forward = new ForwardProxy({
      route: forwardRouter(this.plane),
      finished: forwardRecorder(this.plane),
    });
  }

  get addresses(): readonly BoundAddress[] {
    const proxies = this.#listeners.map(({ address }) => ({ address, protocol: "proxy" }));
    return this.#admin === undefined ? proxies : [...proxies, this.#admin.address];
  }

  get config(): ClientConfig {
    return this.#config;
  }

  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  async start(): Promise<void> {
    const { backends } = this.plane;
    this.#plans = steeredPlans(this.#config, this.#resolver, this.steering);
    const { metricAddress } = this.#config;
    try {
      for (const address of this.#config.listenAddresses) {
        this.#listeners.push(
          await listenApplications({
            address,
            allowFrom: this.#config.allowFrom,
            request: (request) => void serveApplication(request, this.plane),
            forward: (connection, head, rest) => this.#forward.serve(connection, head, rest),
            refused: (source, error) => {
              this.plane.metrics.failed(error, undefined, undefined);
              this.#log.info({ source, code: error.code, reason: error.message }, "application refused");
            },
            acceptFailed: (error) =>
              this.#log.error({ reason: error.message }, "could not accept a connection"),
          }),
        );
      }
      backends.apply(this.#config.balance, this.#plans);
      for (const { address, protocol } of this.addresses) this.#log.info({ address, protocol }, "listening");
      if (metricAddress !== undefined) {
        this.#control = new ClientControl(this);
        this.#admin = await openAdmin(this.#control, "client", { ...this.#config, metricAddress }, this.#log);
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  readonly #backendEvents: BackendSetEvents = {
    changed: (change) => {
      const { backend, to, from, code, level, message, event } = change;
      const protocol = this.plane.backends.get(backend)?.connection?.protocol;
      const reason = this.plane.backends.get(backend)?.state.reason;
      this.#log[level]({ backend, status: to, from, event, protocol, code, reason, say: message }, "backend");
      if (code !== undefined) this.plane.metrics.backendFailed(backend, code, reason ?? message);
      this.#control?.backendChanged(change);
      this.#tellStatus();
    },
    moved: (move) => {
      const { backend, from, to: protocol, why } = move;
      const say = `${backend} goes on over ${protocol} instead of ${from}`;
      this.#log.info({ backend, status: "normal", event: "protocol", protocol, from, why, say }, "backend");
      this.#control?.backendMoved(move);
    },
    ejected: (backend, untilMs, count) => {
      const seconds = Math.round((untilMs - performance.now()) / 1000);
      this.#log.warn(
        { backend, seconds, count },
        "backend ejected: it failed to open tunnels five times in a row",
      );
      this.#control?.backendEjected(backend, untilMs);
    },
  };

  async #dialDirect(target: Parameters<ClientPlane["dialDirect"]>[0], signal: AbortSignal) {
    using deadline = new Deadline(this.plane.connectTimeoutMs, "CONNECTION_TIMEOUT", signal);
    return (await dial(target, { resolver: this.#resolver }, deadline.signal)).stream;
  }

  watchStatus(listener: (status: string) => void): void {
    this.#statusListener = listener;
    this.#tellStatus();
  }

  #tellStatus(): void {
    const all = [...this.plane.backends.all];
    const up = all.filter(({ state }) => state.status === "normal").length;
    this.#statusListener?.(`${up} of ${all.length} backends up`);
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drainOnce();
    return this.#drained;
  }

  async #drainOnce(): Promise<boolean> {
    const { drainTimeoutMs } = this.#config;
    this.#log.info({ tunnels: this.plane.tunnels.size, drain_timeout: drainTimeoutMs / 1000 }, "draining");
    using deadline = new Deadline(drainTimeoutMs, "ABORTED");
    this.#control?.draining();
    this.#forward.drain();
    await Promise.all(this.#listeners.map((listener) => listener.close(deadline.signal)));
    await this.plane.backends.close(deadline.signal);
    const complete = !deadline.signal.aborted;
    this.#log.info({ complete }, "drained");
    await this.#admin?.close();
    this.#control?.[Symbol.dispose]();
    return complete;
  }

  async reload(): Promise<void> {
    await this.reloadNow();
  }

  /** One after the other, whoever asks. */
  reloadNow(): Promise<ReloadOutcome> {
    const reloading = this.#reloading.then(async () => {
      const outcome = await tryReload(this.#log, () => this.#reloadOnce());
      this.plane.metrics.reloads.add(outcome.done ? "done" : "refused");
      this.#control?.reloaded(outcome);
      return outcome;
    });
    this.#reloading = reloading;
    return reloading;
  }

  async #reloadOnce(): Promise<readonly ConfigFault[]> {
    const { config, warnings } = await this.#load();
    const resolver = new Resolver({ servers: config.dnsServers });
    const plans = steeredPlans(config, resolver, this.steering);
    const rules = new RuleTable(config.hostRules?.rules ?? []);
    this.steering.reloaded(config.backends);
    this.#config = config;
    this.#resolver = resolver;
    this.#plans = plans;
    this.#log.level = effectiveLevel(config.logLevel);
    this.plane.rules = rules;
    this.plane.accessLog = new AccessLog(this.#log, config.accessLog);
    this.plane.connectTimeoutMs = config.connectTimeoutMs;
    this.plane.backends.apply(config.balance, plans);
    this.#admin?.configure(config);
    this.#log.info({ file: config.file, backends: plans.length, rules: rules.size }, "reloaded");
    return warnings;
  }

  replan(backend: BackendConfig): void {
    this.#plans = replanned(this.#plans, backend, this.#config, this.#resolver, this.steering);
    this.plane.backends.apply(this.#config.balance, this.#plans);
  }

  destroy(): void {
    this.#idleCollection[Symbol.dispose]();
    this.#control?.[Symbol.dispose]();
    void this.#admin?.close();
    for (const listener of this.#listeners) listener.destroy();
    this.plane.tunnels.destroy(new ProxyError("ABORTED"));
    this.plane.backends.destroy();
  }
}
