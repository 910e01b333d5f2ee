import { formatListenAddress, formatListenAddresses } from "@octoproxy/lib/config/listen-address";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { ServerConfig } from "./config/server-config.ts";

/** Says what of a new configuration waits for a restart. */
export const warnOfRestart = (log: Logger, now: ServerConfig, next: ServerConfig): void => {
  if (next.quic !== now.quic) {
    log.warn({ quic: next.quic }, "quic changes only with a restart");
  }
  if (addresses(next) !== addresses(now)) {
    log.warn({ listen_address: addresses(next) }, "listen_address changes only with a restart");
  }
  if (webtransport(next) !== webtransport(now)) {
    log.warn(
      { webtransport_address: webtransport(next) },
      "webtransport_address changes only with a restart",
    );
  }
};

const addresses = ({ listenAddresses }: ServerConfig): string => formatListenAddresses(listenAddresses);

const webtransport = ({ webtransportAddress: address }: ServerConfig): string =>
  address === undefined ? "" : formatListenAddress(address);
