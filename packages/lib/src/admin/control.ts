import type {
  BackendEventMessage,
  DrainEventMessage,
  ErrorEventMessage,
  ReloadEventMessage,
} from "./event-schemas.ts";
import type { ExplainView } from "./explain-schema.ts";
import type { BackendView, FaultView, ProtocolChoice, StatusView, TunnelView } from "./schemas.ts";

/** The whole daemon at one moment. Immutable. */
export interface ControlSnapshot {
  /** ISO 8601. */
  readonly at: string;
  readonly status: StatusView;
  /** In the order of the file; empty in a server. */
  readonly backends: readonly BackendView[];
}

/** What people and programs may ask of the data plane. */
export type ControlCommand =
  | { readonly kind: "enable" | "disable" | "reset"; readonly backend: string }
  /** New tunnels use it, old ones finish on what they have. */
  | { readonly kind: "switch_protocol"; readonly backend: string; readonly protocol: ProtocolChoice }
  | { readonly kind: "close_tunnel"; readonly id: string }
  | { readonly kind: "reload" }
  | { readonly kind: "explain"; readonly target: string };

/**
 * What came of a command. `unknown`: nothing of that name; `invalid`: it cannot be done and never could; `refused`: the
 * new configuration is wrong, the old one stays; `unavailable`: this daemon does not know that command.
 */
export type ControlResult =
  | { readonly kind: "done" }
  | { readonly kind: "backend"; readonly backend: BackendView }
  | { readonly kind: "reloaded"; readonly warnings: readonly FaultView[] }
  | { readonly kind: "explained"; readonly explanation: ExplainView }
  | { readonly kind: "unknown" | "invalid" | "unavailable"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string; readonly faults: readonly FaultView[] };

/** What happens, as it happens. */
export type ControlEvent = BackendEventMessage | ErrorEventMessage | ReloadEventMessage | DrainEventMessage;

/**
 * Where the data plane and the control plane meet: snapshots out, commands in, events out. Everything that crosses is
 * a plain value that could be written to a file or sent to another thread.
 */
export interface ControlSource {
  snapshot(): ControlSnapshot;
  backend(name: string): BackendView | undefined;
  /** @param most the busiest ones only, so many; all where it is not given. */
  tunnels(most?: number): readonly TunnelView[];
  /** Never rejects for anything that the command says. */
  command(command: ControlCommand): Promise<ControlResult>;
  /** @returns a function that ends it. The listener must not throw. */
  subscribe(listener: (event: ControlEvent) => void): () => void;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** `/proxy.pac`; undefined in a server. */
  proxyPac(host: string): string | undefined;
}
