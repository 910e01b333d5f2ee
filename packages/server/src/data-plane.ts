import type { Target } from "@octoproxy/lib/address/target";
import type { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import type { PeerIdentity } from "@octoproxy/lib/transport/transport";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { Admission } from "./accept/admission.ts";
import type { ServerMetrics } from "./metrics/server-metrics.ts";

/** A connection to a target. */
export interface DialedTarget {
  readonly stream: ByteStream;
  /** `ip:port` that was dialed. */
  readonly address: string;
}

/** What moves bytes in a server. A reload replaces what depends on the configuration; tunnels keep what they have. */
export interface ServerPlane {
  readonly log: Logger;
  readonly admission: Admission;
  readonly tunnels: LiveSplices;
  readonly metrics: ServerMetrics;
  accessLog: AccessLog;
  /**
   * Judges the target, resolves it, judges its addresses and dials those that are left.
   * @throws ProxyError of the target or the policy; the signal's reason when it is aborted.
   */
  dial(target: Target, client: PeerIdentity, signal: AbortSignal): Promise<DialedTarget>;
}
