import type { LastErrorView } from "@octoproxy/lib/admin/schemas";
import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { CounterTable } from "@octoproxy/lib/metrics/counter-table";
import { OpenTimes } from "@octoproxy/lib/metrics/open-times";
import { TunnelBook } from "@octoproxy/lib/metrics/tunnel-book";
import type { AttemptRecord } from "../backend/failover-step.ts";

/** What tunnels are counted under that go to their target from here, and those that no backend took. */
export const directParty = "direct";
export const nobody = "none";

/** A failure that people and metrics are told of. */
export interface CountedError {
  readonly code: ErrorCode;
  /** Whose fault it is, or which side broke the tunnel. */
  readonly side: string;
  readonly message: string;
  readonly backend: string | undefined;
  readonly target: string | undefined;
}

/** Everything that a client counts. Each call is one for a tunnel or an attempt, none for a chunk. */
export class ClientMetrics {
  readonly book = new TunnelBook("down");
  readonly openTimes = new OpenTimes();
  /** By code and side. */
  readonly errors = new CounterTable();
  /** By backend and code: attempts that failed there. */
  readonly failures = new CounterTable();
  /** By the backend that failed and the one that was asked next. */
  readonly failovers = new CounterTable();
  /** By outcome. */
  readonly reloads = new CounterTable();
  /** Told of each error, for the events. */
  onError: ((error: CountedError) => void) | undefined;
  readonly #lastErrors = new Map<string, LastErrorView>();

  /** A tunnel stands. @param party the backend, or {@link directParty}. */
  opened(party: string, protocol: string, openMs: number, attempts: readonly AttemptRecord[] = []): void {
    // The backend's own time: what others cost before is theirs.
    const own =
      attempts.findLast(({ backend, code }) => backend === party && code === undefined)?.ms ?? openMs;
    this.openTimes.record(party, protocol, own, performance.now());
    if (attempts.length > 1 || attempts[0]?.code !== undefined) this.#countAttempts(attempts, party);
  }

  /** No tunnel could be had. Why is for {@link failed}. @param backend whose answer it is. */
  notOpened(
    { code }: ProxyError,
    backend: string | undefined,
    attempts: readonly AttemptRecord[] = [],
  ): void {
    this.book.refused(backend ?? nobody, code === "ABORTED" ? "cancelled" : "refused");
    this.#countAttempts(attempts, undefined);
  }

  /**
   * A request failed, or a tunnel that stood was cut. That the application itself went away is no failure.
   * @param side which one broke it; without it, whose fault it is by the table of errors.
   */
  failed(
    error: ProxyError,
    backend: string | undefined,
    target: string | undefined,
    side: string = error.traits.fault,
  ): void {
    const { code, message } = error;
    if (code === "ABORTED" && side === "application") return;
    this.errors.add(code, side);
    this.onError?.({ code, side, message, backend, target });
  }

  /** A backend's connection failed or broke. */
  backendFailed(backend: string, code: ErrorCode, message: string): void {
    this.#lastErrors.set(backend, { code, message, at: new Date().toISOString() });
  }

  lastError(backend: string): LastErrorView | undefined {
    return this.#lastErrors.get(backend);
  }

  #countAttempts(attempts: readonly AttemptRecord[], winner: string | undefined): void {
    for (const [place, { backend, code }] of attempts.entries()) {
      if (code !== undefined) this.failures.add(backend, code);
      const next = attempts[place + 1];
      if (next !== undefined && backend !== winner) this.failovers.add(backend, next.backend);
    }
  }
}
