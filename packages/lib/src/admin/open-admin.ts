import { formatListenAddress, type ListenAddress } from "../config/listen-address.ts";
import type { BoundAddress } from "../lifecycle/daemon.ts";
import type { Logger } from "../log/logger.ts";
import type { AdminServer } from "./admin-server.ts";
import type { ControlSource } from "./control.ts";

/** What a daemon's configuration says of its admin API. */
export interface AdminConfig {
  /** Undefined is off. */
  readonly metricAddress: ListenAddress | undefined;
  readonly metricToken: string | undefined;
}

/** A daemon's admin API while it is served. */
export interface OpenAdmin {
  readonly address: BoundAddress;
  /** Takes over another token; says where another address needs a restart. */
  configure(config: AdminConfig): void;
  /** Stops at once; never rejects. */
  close(): Promise<void>;
}

/**
 * Serves a control source where the configuration says so; its code is loaded only then, and after the listeners of
 * the data plane are up.
 * @throws what binding throws.
 */
export const openAdmin = async (
  source: ControlSource,
  role: "client" | "server",
  config: AdminConfig & { readonly metricAddress: ListenAddress },
  log: Logger,
): Promise<OpenAdmin> => {
  const { startAdminServer } = await import("./admin-server.ts");
  const server: AdminServer = await startAdminServer(source, {
    address: config.metricAddress,
    token: config.metricToken,
    role,
    failed: (error) => log.error({ err: error }, "admin request failed"),
  });
  const asked = formatListenAddress(config.metricAddress);
  const address: BoundAddress = { address: server.address, protocol: "admin" };
  log.info({ ...address }, "listening");
  return {
    address,
    configure: ({ metricAddress, metricToken }) => {
      const next = metricAddress === undefined ? "off" : formatListenAddress(metricAddress);
      if (next !== asked) log.warn({ metric_address: next }, "metric_address changes only with a restart");
      else server.token = metricToken;
    },
    close: () =>
      server.close().catch((error: unknown) => log.error({ err: error }, "admin API did not close")),
  };
};
