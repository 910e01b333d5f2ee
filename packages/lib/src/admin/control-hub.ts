import type { ErrorCode } from "../error/codes.ts";
import { printable } from "../error/proxy-error.ts";
import type { RefreshOutcome } from "../lifecycle/certificate-upkeep.ts";
import type { ReloadOutcome } from "../lifecycle/reload-outcome.ts";
import type { MetricFamily } from "../metrics/metric-family.ts";
import type { Scrape } from "../metrics/scrape.ts";
import type { TunnelBook } from "../metrics/tunnel-book.ts";
import type { CertificateExpiry } from "../tls/certificate-expiry.ts";
import { materialFacts } from "../tls/material-facts.ts";
import { certificateView } from "./certificate-view.ts";
import type { ControlEvent, ControlResult } from "./control.ts";
import type { CertificateView } from "./schemas.ts";

/** Rates are taken once a second. */
const tickMs = 1000;

/** A failure as both daemons count them. */
export interface ToldError {
  readonly code: ErrorCode;
  readonly side: string;
  readonly message: string;
  readonly backend?: string | undefined;
  readonly target?: string | undefined;
}

/** What the control planes of both daemons have in common: who listens, when it was started, how it is scraped. */
export class ControlHub implements Disposable {
  readonly startedAt = new Date();
  configuredAt = new Date();
  readonly #listeners = new Set<(event: ControlEvent) => void>();
  readonly #ticking: NodeJS.Timeout;
  readonly #families: readonly MetricFamily[];
  readonly #expiries: () => readonly CertificateExpiry[];
  #scrape: Promise<Scrape> | undefined;

  /** @param expiries of the certificates and lists in force. */
  constructor(
    book: TunnelBook,
    families: readonly MetricFamily[],
    expiries: () => readonly CertificateExpiry[],
  ) {
    this.#expiries = expiries;
    this.#families = families;
    this.#ticking = setInterval(() => book.tick(performance.now()), tickMs);
    this.#ticking.unref();
  }

  get uptimeSeconds(): number {
    return Math.round((Date.now() - this.startedAt.getTime()) / 100) / 10;
  }

  subscribe(listener: (event: ControlEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether somebody listens: an event that nobody hears need not be made. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  tell(event: ControlEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** @param hidden targets are kept back, as in the access log. */
  tellError({ code, side, message, backend, target }: ToldError, hidden: boolean): void {
    if (!this.heard) return;
    const words = hidden || target === undefined ? message : `${target}: ${message}`;
    this.tell({
      type: "error",
      at: new Date().toISOString(),
      level: side === "target" || side === "application" ? "info" : "warn",
      message: printable(words),
      code,
      side,
      backend: backend === undefined ? null : printable(backend),
      target: hidden || target === undefined ? null : printable(target),
      omitted: 0,
    });
  }

  tellDrain(): void {
    this.tell({ type: "drain", at: new Date().toISOString(), level: "info", message: "draining" });
  }

  /** Tells what came of a reload. */
  tellReload(outcome: ReloadOutcome): void {
    const at = new Date().toISOString();
    if (outcome.done) {
      this.configuredAt = new Date();
      const faults = [...outcome.warnings];
      this.tell({ type: "reload", at, level: "info", message: "reloaded", done: true, faults });
      return;
    }
    const message = `reload refused: ${outcome.message}`;
    this.tell({ type: "reload", at, level: "error", message, done: false, faults: [...outcome.faults] });
  }

  /** Tells that changed files of certificates were taken over, or refused. */
  tellRefresh({ taken, faults }: RefreshOutcome): void {
    const at = new Date().toISOString();
    for (const { backend, material } of taken) {
      const { subject, not_after } = materialFacts(material);
      const whose = backend === undefined ? "" : ` for ${printable(backend)}`;
      const message = `changed certificate files taken over${whose}: ${subject}, until ${not_after.slice(0, 10)}`;
      this.tell({ type: "reload", at, level: "info", message, done: true, faults: [] });
    }
    for (const fault of new Set(faults)) {
      const message = `changed certificate files refused, the old ones stay in force: ${printable(fault)}`;
      this.tell({ type: "reload", at, level: "error", message, done: false, faults: [] });
    }
  }

  /** The same as the answer to whoever asked for it. */
  resultOf(outcome: ReloadOutcome): ControlResult {
    if (outcome.done) return { kind: "reloaded", warnings: outcome.warnings };
    return { kind: "refused", message: outcome.message, faults: outcome.faults };
  }

  certificates(): CertificateView[] {
    return this.#expiries().map((expiry) => certificateView(expiry, Date.now()));
  }

  /** Loads prom-client when it is asked for the first time. */
  async metrics(): Promise<string> {
    this.#scrape ??= import("../metrics/scrape.ts").then(({ Scrape }) => new Scrape(this.#families));
    return (await this.#scrape).text();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    this.#listeners.clear();
  }
}
