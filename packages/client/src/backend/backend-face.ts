import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ProtocolName } from "@octoproxy/lib/transport/transport";
import type { BackendChange } from "./backend-state.ts";

export interface BackendSettings {
  readonly name: string;
  readonly weight: number;
  readonly startsClosed: boolean;
  /** Cap of the back-off. */
  readonly retryTimeoutMs: number;
  /** 0 is no end. */
  readonly maxRetries: number;
  /** For one attempt to connect. */
  readonly connectTimeoutMs: number;
}

/** What carries its tunnels now. */
export interface ProtocolInUse {
  readonly protocol: ProtocolName;
  /** By `performance.now()`. */
  readonly sinceMs: number;
}

/** A backend that goes on over another protocol. */
export interface ProtocolMove {
  readonly backend: string;
  readonly from: ProtocolName;
  readonly to: ProtocolName;
  readonly why: string | undefined;
}

/** A connection that is ended since its server is not trusted any more. */
export interface ServerExpelled {
  readonly backend: string;
  /** That end with it. */
  readonly tunnels: number;
  readonly error: ProxyError;
}

export interface BackendEvents {
  /** After a change of state has taken place. */
  changed(change: BackendChange): void;
  /** An attempt to connect failed, whether or not that changed the state. */
  attemptFailed(): void;
  moved(move: ProtocolMove): void;
  expelled(end: ServerExpelled): void;
}
