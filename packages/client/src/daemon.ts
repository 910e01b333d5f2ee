import { logFaults, logRefusedReload } from "@octoproxy/lib/config/log-faults";
import { Deadline } from "@octoproxy/lib/deadline/deadline";
import { dial } from "@octoproxy/lib/dial/dial";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { BoundAddress, Daemon } from "@octoproxy/lib/lifecycle/daemon";
import type { LoadConfig } from "@octoproxy/lib/lifecycle/start-command";
import { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import { effectiveLevel } from "@octoproxy/lib/log/stderr-log";
import { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import { planBackends } from "./backend/backend-plan.ts";
import { BackendSet, type BackendSetEvents } from "./backend/backend-set.ts";
import type { ClientConfig } from "./config/client-config.ts";
import type { ClientPlane } from "./data-plane.ts";
import { forwardRouter } from "./forward-session.ts";
import { ForwardProxy } from "./inbound/forward/forward-proxy.ts";
import { type ApplicationListener, listenApplications } from "./inbound/listen-applications.ts";
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
class Client implements Daemon {
  readonly #log: Logger;
  readonly #load: LoadConfig<ClientConfig>;
  readonly #listeners: ApplicationListener[] = [];
  readonly #plane: ClientPlane;
  readonly #forward: ForwardProxy;
  #config: ClientConfig;
  #resolver: Resolver;
  #drained: Promise<boolean> | undefined;

  constructor(config: ClientConfig, log: Logger, load: LoadConfig<ClientConfig>) {
    this.#config = config;
    this.#log = log;
    this.#load = load;
    this.#resolver = new Resolver({ servers: config.dnsServers });
    this.#plane = {
      log,
      backends: new BackendSet(config.balance, this.#backendEvents),
      tunnels: new LiveSplices({ halfCloseTimeoutMs }),
      rules: new RuleTable(config.hostRules?.rules ?? []),
      accessLog: new AccessLog(log, config.accessLog),
      connectTimeoutMs: config.connectTimeoutMs,
      dialDirect: (target, signal) => this.#dialDirect(target, signal),
    };
    this.#forward = new ForwardProxy({ route: forwardRouter(this.#plane) });
  }

  get addresses(): readonly BoundAddress[] {
    return this.#listeners.map(({ address }) => ({ address, protocol: "proxy" }));
  }

  async start(): Promise<void> {
    const { backends } = this.#plane;
    const plans = planBackends(this.#config, this.#resolver);
    try {
      for (const address of this.#config.listenAddresses) {
        this.#listeners.push(
          await listenApplications({
            address,
            allowFrom: this.#config.allowFrom,
            request: (request) => void serveApplication(request, this.#plane),
            forward: (connection, head, rest) => this.#forward.serve(connection, head, rest),
            acceptFailed: (error) =>
              this.#log.error({ reason: error.message }, "could not accept a connection"),
          }),
        );
      }
    } catch (error) {
      this.destroy();
      throw error;
    }
    backends.apply(this.#config.balance, plans);
    for (const { address, protocol } of this.addresses) this.#log.info({ address, protocol }, "listening");
  }

  readonly #backendEvents: BackendSetEvents = {
    changed: ({ backend, to, from, code, level, message, event }) => {
      const protocol = this.#plane.backends.get(backend)?.connection?.protocol;
      const reason = this.#plane.backends.get(backend)?.state.reason;
      this.#log[level]({ backend, status: to, from, event, protocol, code, reason, say: message }, "backend");
    },
    ejected: (backend, untilMs, count) => {
      const seconds = Math.round((untilMs - performance.now()) / 1000);
      this.#log.warn(
        { backend, seconds, count },
        "backend ejected: it failed to open tunnels five times in a row",
      );
    },
  };

  async #dialDirect(target: Parameters<ClientPlane["dialDirect"]>[0], signal: AbortSignal) {
    using deadline = new Deadline(this.#plane.connectTimeoutMs, "CONNECTION_TIMEOUT", signal);
    return (await dial(target, { resolver: this.#resolver }, deadline.signal)).stream;
  }

  drain(): Promise<boolean> {
    this.#drained ??= this.#drainOnce();
    return this.#drained;
  }

  async #drainOnce(): Promise<boolean> {
    const { drainTimeoutMs } = this.#config;
    this.#log.info({ tunnels: this.#plane.tunnels.size, drain_timeout: drainTimeoutMs / 1000 }, "draining");
    using deadline = new Deadline(drainTimeoutMs, "ABORTED");
    this.#forward.drain();
    await Promise.all(this.#listeners.map((listener) => listener.close(deadline.signal)));
    await this.#plane.backends.close(deadline.signal);
    const complete = !deadline.signal.aborted;
    this.#log.info({ complete }, "drained");
    return complete;
  }

  async reload(): Promise<void> {
    try {
      const { config, warnings } = await this.#load();
      const resolver = new Resolver({ servers: config.dnsServers });
      const plans = planBackends(config, resolver);
      const rules = new RuleTable(config.hostRules?.rules ?? []);
      logFaults(this.#log, "warn", warnings);
      this.#config = config;
      this.#resolver = resolver;
      this.#log.level = effectiveLevel(config.logLevel);
      this.#plane.rules = rules;
      this.#plane.accessLog = new AccessLog(this.#log, config.accessLog);
      this.#plane.connectTimeoutMs = config.connectTimeoutMs;
      this.#plane.backends.apply(config.balance, plans);
      this.#log.info({ file: config.file, backends: plans.length, rules: rules.size }, "reloaded");
    } catch (error) {
      logRefusedReload(this.#log, error);
    }
  }

  destroy(): void {
    for (const listener of this.#listeners) listener.destroy();
    this.#plane.tunnels.destroy(new ProxyError("ABORTED"));
    this.#plane.backends.destroy();
  }
}
