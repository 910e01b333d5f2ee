import { formatListenAddresses } from "@octoproxy/lib/config/listen-address";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { ClientConfig } from "./config/client-config.ts";

/** Says what of a new configuration waits for a restart. */
export const warnOfRestart = (log: Logger, now: ClientConfig, next: ClientConfig): void => {
  if (addresses(next) === addresses(now)) return;
  log.warn({ listen_address: addresses(next) }, "listen_address changes only with a restart");
};

const addresses = ({ listenAddresses }: ClientConfig): string => formatListenAddresses(listenAddresses);
