import { parseTarget } from "@octoproxy/lib/address/target";
import type {
  ControlCommand,
  ControlResult,
  ControlSnapshot,
  ControlSource,
} from "@octoproxy/lib/admin/control";
import { ControlHub } from "@octoproxy/lib/admin/control-hub";
import type { BackendEventMessage } from "@octoproxy/lib/admin/event-schemas";
import type { BackendView, ProtocolChoice, TunnelView } from "@octoproxy/lib/admin/schemas";
import { tunnelViews } from "@octoproxy/lib/admin/tunnel-view";
import { ProxyError, printable } from "@octoproxy/lib/error/proxy-error";
import type { RefreshOutcome } from "@octoproxy/lib/lifecycle/certificate-upkeep";
import type { ReloadOutcome } from "@octoproxy/lib/lifecycle/reload-outcome";
import { droppedLines } from "@octoproxy/lib/log/logger";
import type { ProtocolMove } from "../backend/backend-face.ts";
import type { BackendChange } from "../backend/backend-state.ts";
import { clientFamilies } from "../metrics/client-families.ts";
import { steerBackend, switchProtocol } from "./backend-commands.ts";
import { BackendViews } from "./backend-views.ts";
import type { ClientDaemonFace } from "./client-daemon-face.ts";
import { clientStatus } from "./client-status.ts";
import { explainTarget } from "./explain-view.ts";
import { proxyPac } from "./proxy-pac.ts";

/** A client's control plane: what the admin API, the terminal UI and Prometheus see and do. */
export class ClientControl implements ControlSource, Disposable {
  readonly #daemon: ClientDaemonFace;
  readonly #hub: ControlHub;
  readonly #views: BackendViews;

  constructor(daemon: ClientDaemonFace) {
    this.#daemon = daemon;
    const { metrics } = daemon.plane;
    this.#views = new BackendViews(daemon);
    const families = clientFamilies({
      metrics,
      backends: () => this.#views.all(),
      certificates: () => this.#hub.certificates(),
      draining: () => daemon.isDraining,
      droppedLines: () => droppedLines(daemon.plane.log),
    });
    this.#hub = new ControlHub(metrics.book, families, () => daemon.expiries);
    metrics.onError = (error) => this.#hub.tellError(error, daemon.config.accessLog !== "full");
  }

  snapshot(): ControlSnapshot {
    const backends = this.#views.all();
    return { at: now(), status: clientStatus(this.#daemon, this.#hub, backends), backends };
  }

  backend(name: string): BackendView | undefined {
    return this.#views.of(name);
  }

  tunnels(most?: number): readonly TunnelView[] {
    return tunnelViews(this.#daemon.plane.metrics.book, "client", most);
  }

  async command(command: ControlCommand): Promise<ControlResult> {
    switch (command.kind) {
      case "enable":
      case "disable":
      case "reset":
        return steerBackend(this.#daemon, command.kind, command.backend) ?? this.#viewOf(command.backend);
      case "switch_protocol":
        return this.#switch(command.backend, command.protocol);
      case "close_tunnel":
        return this.#closeTunnel(command.id);
      case "reload":
        return this.#hub.resultOf(await this.#daemon.reloadNow());
      case "explain":
        return this.#explain(command.target);
    }
  }

  subscribe(listener: Parameters<ControlSource["subscribe"]>[0]): () => void {
    return this.#hub.subscribe(listener);
  }

  metrics(): Promise<string> {
    return this.#hub.metrics();
  }

  proxyPac(host: string): string {
    const { addresses, config } = this.#daemon;
    const listener = addresses.find(({ protocol }) => protocol === "proxy")?.address ?? "";
    // A listener on every address is reached by the name that this was asked by.
    const named = /^[\w.-]+$/.test(host) ? host : "127.0.0.1";
    return proxyPac(
      listener.replace(/^(?:0\.0\.0\.0|\[::\])(?=:\d+$)/, named),
      config.hostRules?.rules ?? [],
    );
  }

  /** From the data plane: a backend's state changed. */
  backendChanged(change: BackendChange): void {
    this.#views.changed(change);
    const { backend, event, from, to, code = null, level, message } = change;
    this.#tellBackend(backend, { event, from, to, code, level, message: printable(message) });
  }

  /** From the data plane: a backend that is up goes on over another protocol. */
  backendMoved({ backend, from, to, why }: ProtocolMove): void {
    this.#views.connectedAnew(backend);
    const message = `${printable(backend)} goes on over ${to} instead of ${from}`;
    this.#tellProtocol(backend, printable(why === undefined ? message : `${message} (${why})`));
  }

  backendEjected(name: string, untilMs: number): void {
    const seconds = Math.round((untilMs - performance.now()) / 1000);
    const message = `${printable(name)} is ejected for ${seconds} s: it failed to open five tunnels in a row`;
    this.#tellBackend(name, {
      event: "ejected",
      from: "normal",
      to: "normal",
      code: null,
      level: "warn",
      message,
    });
  }

  /** Whoever asked for it, a reload is told to those who listen. */
  reloaded(outcome: ReloadOutcome): void {
    this.#hub.tellReload(outcome);
  }

  /** Files of certificates changed: what is in force now, or why the old ones are. */
  refreshed(outcome: RefreshOutcome): void {
    this.#hub.tellRefresh(outcome);
  }

  draining(): void {
    this.#hub.tellDrain();
  }

  [Symbol.dispose](): void {
    this.#hub[Symbol.dispose]();
    this.#views[Symbol.dispose]();
    this.#daemon.plane.metrics.onError = undefined;
  }

  #switch(name: string, protocol: ProtocolChoice): ControlResult {
    const result = switchProtocol(this.#daemon, name, protocol);
    if (result.kind !== "switched") return result;
    if (result.before !== protocol) {
      this.#tellProtocol(name, `${printable(name)} is switched from ${result.before} to ${protocol}`);
    }
    return this.#viewOf(name);
  }

  #tellProtocol(name: string, message: string): void {
    const status = this.#daemon.plane.backends.get(name)?.state.status;
    if (status === undefined) return;
    this.#tellBackend(name, {
      event: "protocol",
      from: status,
      to: status,
      code: null,
      level: "info",
      message,
    });
  }

  #closeTunnel(id: string): ControlResult {
    const tunnel = this.#daemon.plane.metrics.book.get(id);
    if (tunnel === undefined)
      return { kind: "unknown", message: `there is no tunnel "${id}"; it may have ended` };
    tunnel.cut(new ProxyError("ABORTED", { detail: "closed through the admin API" }));
    return { kind: "done" };
  }

  #explain(text: string): ControlResult {
    const { plane, config } = this.#daemon;
    try {
      const explanation = explainTarget({
        target: parseTarget(text),
        rules: plane.rules,
        rulesFile: config.hostRules?.file,
        backends: new Map(this.#views.all().map((view, place) => [config.backends[place]!.name, view])),
        explain: (key) => plane.backends.explain(key),
      });
      return { kind: "explained", explanation };
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      return { kind: "invalid", message: error.message };
    }
  }

  #viewOf(name: string): ControlResult {
    return { kind: "backend", backend: this.#views.of(name)! };
  }

  #tellBackend(name: string, said: Omit<BackendEventMessage, "type" | "at" | "backend">): void {
    if (!this.#hub.heard) return;
    const backend = this.#views.of(name);
    if (backend !== undefined) this.#hub.tell({ type: "backend", at: now(), ...said, backend });
  }
}

const now = (): string => new Date().toISOString();
