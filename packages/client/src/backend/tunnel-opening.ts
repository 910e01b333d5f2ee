import type { TunnelLoad } from "@octoproxy/lib/balance/backend-load";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ProtocolName } from "@octoproxy/lib/transport/transport";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { AttemptRecord } from "./failover-step.ts";

/** A tunnel that stands. */
export interface OpenedTunnel {
  readonly stream: TunnelStream;
  readonly backend: string;
  /** What it is counted under: the backend. */
  readonly party: string;
  readonly protocol: ProtocolName;
  readonly attempts: readonly AttemptRecord[];
  /** To be closed when the tunnel is over. */
  readonly load: TunnelLoad;
}

/** Why no backend could open it, and what was tried. */
export class OpenFailure extends Error {
  override readonly name = "OpenFailure";
  override readonly cause: ProxyError;
  /** The backend whose answer it is; undefined where it is nobody's. */
  readonly backend: string | undefined;
  readonly attempts: readonly AttemptRecord[];

  constructor(cause: ProxyError, backend: string | undefined, attempts: readonly AttemptRecord[]) {
    super(cause.message);
    this.cause = cause;
    this.backend = backend;
    this.attempts = attempts;
  }
}

export interface OpenRequest {
  /** `host:port`, as it goes to the server. */
  readonly target: string;
  /** The target's host: what `uri_hash` hashes. */
  readonly key: string;
  /** The only backend that may be asked; undefined leaves the choice to the picker. */
  readonly only?: string | undefined;
  /** The backend to ask first, where the picker has chosen already. */
  readonly first?: string | undefined;
  /** For everything, failover included. */
  readonly deadlineMs: number;
}
