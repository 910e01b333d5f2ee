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
  readonly target: string;
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

  /** A request for a tunnel failed. @param backend whose answer it is. */
  refused(
    error: ProxyError,
    backend: string | undefined,
    target: string,
    attempts: readonly AttemptRecord[] = [],
  ): void {
    const cancelled = error.code === "ABORTED";
    this.book.refused(backend ?? nobody, cancelled ? "cancelled" : "refused");
    this.#countAttempts(attempts, undefined);
    if (!cancelled)
      this.#tell({ code: error.code, side: error.traits.fault, message: error.message, backend, target });
  }

  /** A tunnel that stood was cut. */
  broke(error: ProxyError, side: string, backend: string | undefined, target: string): void {
    this.#tell({ code: error.code, side, message: error.message, backend, target });
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

  #tell(error: CountedError): void {
    this.errors.add(error.code, error.side);
    this.onError?.(error);
  }
}
