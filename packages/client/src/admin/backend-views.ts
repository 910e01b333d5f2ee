import { certificateView } from "@octoproxy/lib/admin/certificate-view";
import type { BackendView } from "@octoproxy/lib/admin/schemas";
import type { PartyTotals } from "@octoproxy/lib/metrics/tunnel-book";
import type { BackendChange } from "../backend/backend-state.ts";
import type { BackendConfig } from "../config/client-config.ts";
import { backendView } from "./backend-view.ts";
import type { ClientDaemonFace } from "./client-daemon-face.ts";
import { RoundTrips } from "./round-trips.ts";

/** The backends as people see them, in the order of the file. */
export class BackendViews implements Disposable {
  readonly #daemon: ClientDaemonFace;
  readonly #roundTrips: RoundTrips;

  constructor(daemon: ClientDaemonFace) {
    this.#daemon = daemon;
    this.#roundTrips = new RoundTrips(() => daemon.plane.backends.all);
  }

  all(): BackendView[] {
    const totals = this.#daemon.plane.metrics.book.totals(performance.now());
    return this.#daemon.config.backends.flatMap((config) => this.#view(config, totals) ?? []);
  }

  of(name: string): BackendView | undefined {
    const config = this.#daemon.config.backends.find((one) => one.name === name);
    if (config === undefined) return undefined;
    return this.#view(config, this.#daemon.plane.metrics.book.totals(performance.now()));
  }

  /** A backend's state changed. */
  changed({ backend: name, event }: BackendChange): void {
    if (event === "connected") this.connectedAnew(name);
  }

  /** Its figures are those of another connection from now on. */
  connectedAnew(name: string): void {
    const backend = this.#daemon.plane.backends.get(name);
    if (backend !== undefined) this.#roundTrips.measure(backend);
  }

  [Symbol.dispose](): void {
    this.#roundTrips[Symbol.dispose]();
  }

  #view(config: BackendConfig, totals: ReadonlyMap<string, PartyTotals>): BackendView | undefined {
    const { name, tls } = config;
    const { backends, metrics } = this.#daemon.plane;
    const backend = backends.get(name);
    if (backend === undefined) return undefined;
    const { state, retryAt, inUse, whyInUse } = backend;
    const isUp = state.status === "normal";
    const expiry = this.#daemon.expiries.find(
      ({ file, holds }) => holds === "certificate" && file === tls.certFile,
    );
    return backendView({
      config,
      protocol: this.#daemon.steering.protocol(config),
      state,
      inUse: inUse === undefined ? undefined : { ...inUse, why: whyInUse },
      ejectedUntilMs: isUp ? backends.ejectedUntil(name) : undefined,
      retryAtMs: state.status === "closed" ? retryAt : undefined,
      roundTripMs: isUp ? this.#roundTrips.of(name) : undefined,
      lastError: metrics.lastError(name),
      certificate: expiry === undefined ? undefined : certificateView(expiry, Date.now()),
      totals: totals.get(name),
      latency: metrics.openTimes.latency(name, performance.now()),
      failures: metrics.failures.under(name),
    });
  }
}
