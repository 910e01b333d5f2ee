import type { BoundAddress } from "@octoproxy/lib/lifecycle/daemon";
import type { ReloadOutcome } from "@octoproxy/lib/lifecycle/reload-outcome";
import type { CertificateExpiry } from "@octoproxy/lib/tls/certificate-expiry";
import type { BackendConfig, ClientConfig } from "../config/client-config.ts";
import type { ClientPlane } from "../data-plane.ts";
import type { Steering } from "./steering-policy.ts";

/** What the control plane needs of its daemon. */
export interface ClientDaemonFace {
  readonly plane: ClientPlane;
  readonly steering: Steering;
  /** In force. */
  readonly config: ClientConfig;
  readonly addresses: readonly BoundAddress[];
  readonly isDraining: boolean;
  /** When the certificates and lists in force end. */
  readonly expiries: readonly CertificateExpiry[];
  reloadNow(): Promise<ReloadOutcome>;
  /**
   * Takes over what `steering` says now of one backend; its open tunnels finish on what they have.
   * @throws ConfigError where its files have become unreadable; then nothing changed.
   */
  replan(backend: BackendConfig): void;
}
