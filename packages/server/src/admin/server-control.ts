import type {
  ControlCommand,
  ControlResult,
  ControlSnapshot,
  ControlSource,
} from "@octoproxy/lib/admin/control";
import { ControlHub } from "@octoproxy/lib/admin/control-hub";
import type { StatusView, TunnelView } from "@octoproxy/lib/admin/schemas";
import { trafficView } from "@octoproxy/lib/admin/traffic-view";
import { tunnelViews } from "@octoproxy/lib/admin/tunnel-view";
import { ProxyError, printable } from "@octoproxy/lib/error/proxy-error";
import type { RefreshOutcome } from "@octoproxy/lib/lifecycle/certificate-upkeep";
import type { BoundAddress } from "@octoproxy/lib/lifecycle/daemon";
import type { ReloadOutcome } from "@octoproxy/lib/lifecycle/reload-outcome";
import { droppedLines } from "@octoproxy/lib/log/logger";
import type { CertificateExpiry } from "@octoproxy/lib/tls/certificate-expiry";
import { version } from "@octoproxy/lib/version";
import type { ServerConfig } from "../config/server-config.ts";
import type { ServerPlane } from "../data-plane.ts";
import { serverFamilies } from "../metrics/server-families.ts";

/** What the control plane needs of its daemon. */
export interface ServerDaemonFace {
  readonly plane: ServerPlane;
  /** In force. */
  readonly config: ServerConfig;
  readonly addresses: readonly BoundAddress[];
  readonly isDraining: boolean;
  /** When the certificates and lists in force end. */
  readonly expiries: readonly CertificateExpiry[];
  reloadNow(): Promise<ReloadOutcome>;
}

/** A server's control plane: what the admin API and Prometheus see and do. */
export class ServerControl implements ControlSource, Disposable {
  readonly #daemon: ServerDaemonFace;
  readonly #hub: ControlHub;

  constructor(daemon: ServerDaemonFace) {
    this.#daemon = daemon;
    const { metrics, admission } = daemon.plane;
    const families = serverFamilies({
      metrics,
      connections: () => admission.connections,
      certificates: () => this.#hub.certificates(),
      draining: () => daemon.isDraining,
      droppedLines: () => droppedLines(daemon.plane.log),
    });
    this.#hub = new ControlHub(metrics.book, families, () => daemon.expiries);
    metrics.onError = (error) => this.#hub.tellError(error, daemon.config.accessLog !== "full");
  }

  snapshot(): ControlSnapshot {
    return { at: new Date().toISOString(), status: this.#status(), backends: [] };
  }

  backend(): undefined {
    return undefined;
  }

  tunnels(most?: number): readonly TunnelView[] {
    return tunnelViews(this.#daemon.plane.metrics.book, "server", most);
  }

  async command(command: ControlCommand): Promise<ControlResult> {
    switch (command.kind) {
      case "close_tunnel":
        return this.#closeTunnel(command.id);
      case "reload":
        return this.#hub.resultOf(await this.#daemon.reloadNow());
      default:
        return { kind: "unavailable", message: "a server has no backends" };
    }
  }

  subscribe(listener: Parameters<ControlSource["subscribe"]>[0]): () => void {
    return this.#hub.subscribe(listener);
  }

  metrics(): Promise<string> {
    return this.#hub.metrics();
  }

  proxyPac(): undefined {
    return undefined;
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
    this.#daemon.plane.metrics.onError = undefined;
  }

  #closeTunnel(id: string): ControlResult {
    const tunnel = this.#daemon.plane.metrics.book.get(id);
    if (tunnel === undefined)
      return { kind: "unknown", message: `there is no tunnel "${id}"; it may have ended` };
    tunnel.cut(new ProxyError("ABORTED", { detail: "closed through the server's admin API" }));
    return { kind: "done" };
  }

  #status(): StatusView {
    const { config, addresses, isDraining, plane } = this.#daemon;
    const { book, errors } = plane.metrics;
    const traffic = trafficView(book.totals(performance.now()).values());
    return {
      role: "server",
      version,
      started_at: this.#hub.startedAt.toISOString(),
      uptime_seconds: this.#hub.uptimeSeconds,
      ready: !isDraining,
      draining: isDraining,
      config_file: printable(config.file),
      configured_at: this.#hub.configuredAt.toISOString(),
      listen_addresses: addresses.map(({ address, protocol }) => ({ address, protocol })),
      balance: null,
      rules: 0,
      backends: 0,
      backends_up: 0,
      connections: plane.admission.connections,
      certificates: this.#hub.certificates(),
      totals: { ...traffic, failovers: 0, errors: errors.sum },
    };
  }
}
