import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { CounterTable } from "@octoproxy/lib/metrics/counter-table";
import { OpenTimes } from "@octoproxy/lib/metrics/open-times";
import { TunnelBook } from "@octoproxy/lib/metrics/tunnel-book";
import { ClientLabels } from "./client-labels.ts";

/** A failure that people and metrics are told of. */
export interface CountedError {
  readonly code: ErrorCode;
  readonly side: string;
  readonly message: string;
  readonly target: string | undefined;
}

/** Everything that a server counts: the client's mirror, by the subject of the client's certificate. */
export class ServerMetrics {
  /** The names under which clients are counted. */
  readonly labels = new ClientLabels();
  readonly book = new TunnelBook("up");
  /** How long targets took to be reached. */
  readonly openTimes = new OpenTimes();
  readonly errors = new CounterTable();
  readonly reloads = new CounterTable();
  /** Connections that were turned away, by code. */
  readonly refusals = new CounterTable();
  onError: ((error: CountedError) => void) | undefined;

  opened(client: string, protocol: string, openMs: number): void {
    this.openTimes.record(client, protocol, openMs, performance.now());
  }

  refused(error: ProxyError, client: string, target: string): void {
    const cancelled = error.code === "ABORTED";
    this.book.refused(client, cancelled ? "cancelled" : "refused");
    if (!cancelled)
      this.#tell({ code: error.code, side: error.traits.fault, message: error.message, target });
  }

  /** A tunnel that stood was cut. */
  broke(error: ProxyError, side: string, target: string): void {
    this.#tell({ code: error.code, side, message: error.message, target });
  }

  /** A peer was turned away before it could ask for a tunnel. */
  turnedAway(error: ProxyError): void {
    this.refusals.add(error.code);
    this.#tell({ code: error.code, side: error.traits.fault, message: error.message, target: undefined });
  }

  #tell(error: CountedError): void {
    this.errors.add(error.code, error.side);
    this.onError?.(error);
  }
}
