import type { Target } from "@octoproxy/lib/address/target";
import type { AccessLog } from "@octoproxy/lib/log/access-log";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { LiveSplices } from "@octoproxy/lib/splice/live-splices";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { BackendSet } from "./backend/backend-set.ts";
import type { ClientMetrics } from "./metrics/client-metrics.ts";
import type { RuleTable } from "./route/rule-table.ts";

/** What moves bytes in a client. A reload replaces what depends on the configuration; tunnels keep what they have. */
export interface ClientPlane {
  readonly log: Logger;
  readonly backends: BackendSet;
  readonly tunnels: LiveSplices;
  readonly metrics: ClientMetrics;
  rules: RuleTable;
  accessLog: AccessLog;
  /** For one request to be connected in all, failover included. */
  connectTimeoutMs: number;
  /**
   * Dials from here, for `direct` rules.
   * @throws ProxyError of the target; the signal's reason when it is aborted.
   */
  dialDirect(target: Target, signal: AbortSignal): Promise<ByteStream>;
}
