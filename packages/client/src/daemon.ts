import { type OpenAdmin, openAdmin } from "@octoproxy/lib/admin/open-admin";
import type { ConfigFault } from "@octoproxy/lib/config/config-fault";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { dial } from "@octoproxy/lib/dial/dial";
import { Resolver } from "@octoproxy/lib/dial/resolver";
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
import { ClientControl } from "./admin/client-control.ts";
import type { ClientDaemonFace } from "./admin/client-daemon-face.ts";
import { refreshedPlans, replanned, steeredPlans } from "./admin/steered-plans.ts";
import { Steering } from "./admin/steering-policy.ts";
import { expiriesOf, takenBetween, tlsFilesOf } from "./backend/backend-files.ts";
import { type BackendPlan, BackendSet } from "./backend/backend-set.ts";
import { reportBackends } from "./backend-report.ts";
import type { BackendConfig, ClientConfig } from "./config/client-config.ts";
import type { ClientPlane } from "./data-plane.ts";
import { forwardRecorder, forwardRouter } from "./forward-session.ts";
import { ForwardProxy } from "./inbound/forward/forward-proxy.ts";
import type { ApplicationListener } from "./inbound/listen-applications.ts";
import { ClientMetrics } from "./metrics/client-metrics.ts";
import { openDoors } from "./open-doors.ts";
import { warnOfRestart } from "./restart-warnings.ts";
import { RuleTable } from "./route/rule-table.ts";

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
  control: ClientControl | undefined;
  readonly steering = new Steering();
  readonly #forward: ForwardProxy;
  readonly #descriptors = new DescriptorReserve();
  #plans: readonly BackendPlan[] = [];
  expiries: readonly CertificateExpiry[] = [];
  #admin: OpenAdmin | undefined;
  #statusListener: ((status: string) => void) | undefined;
  readonly #reloads: ReloadQueue;
  readonly #certificates: CertificateUpkeep;
  #config: ClientConfig;
  #resolver: Resolver;
  readonly #drain: Drain;
  readonly #idleCollection = collectWhenIdle(() => this.plane.metrics.book);

  constructor(config: ClientConfig, log: Logger, load: LoadConfig<ClientConfig>) {
    this.#config = config;
    this.#log = log;
    this.#load = load;
    this.#resolver = new Resolver({ servers: config.dnsServers });
    const metrics = new ClientMetrics();
    this.plane = {
      log,
      metrics,
      backends: new BackendSet(
        config.balance,
        reportBackends(log, this, () => this.#tellStatus()),
      ),
      tunnels: new LiveSplices(metrics.book),
      rules: new RuleTable(config.hostRules?.rules ?? []),
      accessLog: new AccessLog(log, config.accessLog),
      connectTimeoutMs: config.connectTimeoutMs,
      dialDirect: (target, signal) => this.#dialDirect(target, signal),
    };
    this.#forward = new ForwardProxy({
      route: forwardRouter(this.plane),
      finished: forwardRecorder(this.plane),
    });
    this.#reloads = new ReloadQueue(log, {
      reload: () => this.#reloadOnce(),
      finished: (outcome) => this.#reloaded(outcome),
    });
    this.#certificates = new CertificateUpkeep(log, this.#reloads, {
      refresh: () => this.#refresh(),
      refreshed: (outcome) => this.control?.refreshed(outcome),
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
    const proxies = this.#listeners.map(({ address }) => ({ address, protocol: "proxy" }));
    return this.#admin === undefined ? proxies : [...proxies, this.#admin.address];
  }

  get config(): ClientConfig {
    return this.#config;
  }

  get isDraining(): boolean {
    return this.#drain.begun;
  }

  async start(): Promise<void> {
    const files = tlsFilesOf(this.#config);
    const versions = await versionsOf(files);
    const plans = steeredPlans(this.#config, this.#resolver, this.steering);
    const { metricAddress } = this.#config;
    try {
      const admit = () => (this.#descriptors.take() ? undefined : new ProxyError("OVERLOADED"));
      await openDoors(this.#config, this.plane, this.#forward, admit, this.#listeners);
      this.#apply(plans);
      for (const { address, protocol } of this.addresses) this.#log.info({ address, protocol }, "listening");
      if (metricAddress !== undefined) {
        this.control = new ClientControl(this);
        this.#admin = await openAdmin(this.control, "client", { ...this.#config, metricAddress }, this.#log);
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
    this.#certificates.follow(files, versions);
  }

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
    return this.#drain.run();
  }

  #beginDrain(): void {
    this.control?.draining();
    this.#forward.drain();
  }

  async #finishDrain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(signal)));
    await this.plane.backends.close(signal);
  }

  async #endAdmin(): Promise<void> {
    await this.#admin?.close();
    this.control?.[Symbol.dispose]();
  }

  async reload(): Promise<void> {
    await this.reloadNow();
  }

  reloadNow(): Promise<ReloadOutcome> {
    return this.#reloads.run();
  }

  #reloaded(outcome: ReloadOutcome): void {
    this.plane.metrics.reloads.add(outcome.done ? "done" : "refused");
    this.control?.reloaded(outcome);
  }

  async #reloadOnce(): Promise<readonly ConfigFault[]> {
    const { config, warnings } = await this.#load();
    const resolver = new Resolver({ servers: config.dnsServers });
    const files = tlsFilesOf(config);
    const versions = await versionsOf(files);
    const plans = steeredPlans(config, resolver, this.steering);
    const taken = takenBetween(this.#plans, plans);
    const rules = new RuleTable(config.hostRules?.rules ?? []);
    this.steering.reloaded(config.backends);
    warnOfRestart(this.#log, this.#config, config);
    for (const listener of this.#listeners) listener.allowFrom(config.allowFrom);
    this.#config = config;
    this.#resolver = resolver;
    this.#log.level = effectiveLevel(config.logLevel);
    this.plane.rules = rules;
    this.plane.accessLog = new AccessLog(this.#log, config.accessLog);
    this.plane.connectTimeoutMs = config.connectTimeoutMs;
    this.#apply(plans);
    this.#admin?.configure(config);
    this.#certificates.took(taken);
    this.#certificates.follow(files, versions);
    this.#log.info({ file: config.file, backends: plans.length, rules: rules.size }, "reloaded");
    return warnings;
  }

  #refresh(): RefreshOutcome {
    const outcome = refreshedPlans(this.#plans, this.#config, this.#resolver, this.steering);
    if (outcome.taken.length > 0) this.#apply(outcome.plans);
    return outcome;
  }

  replan(backend: BackendConfig): void {
    this.#apply(replanned(this.#plans, backend, this.#config, this.#resolver, this.steering));
  }

  #apply(plans: readonly BackendPlan[]): void {
    this.#plans = plans;
    this.expiries = expiriesOf(plans);
    this.plane.backends.apply(this.#config.balance, plans);
  }

  destroy(): void {
    this.#idleCollection[Symbol.dispose]();
    this.#certificates[Symbol.dispose]();
    this.control?.[Symbol.dispose]();
    void this.#admin?.close();
    for (const listener of this.#listeners) listener.destroy();
    this.plane.tunnels.destroy(new ProxyError("ABORTED"));
    this.plane.backends.destroy();
  }
}
