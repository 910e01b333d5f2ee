import type { ConfigReport } from "./config-report.ts";
import { formatListenAddress, parseListenAddress } from "./listen-address.ts";
import { isLoopback } from "./networks.ts";
import type { TomlDocument } from "./toml-document.ts";

/** The admin API beyond loopback needs a token. (Its default address is loopback, or off.) */
export const checkMetricToken = (report: ConfigReport, document: TomlDocument): void => {
  const { metric_address: written, metric_token: token } = document.values;
  const address = typeof written === "string" ? parseListenAddress(written) : undefined;
  if (address === undefined || token !== undefined || isLoopback(address.host)) return;
  const text = formatListenAddress(address);
  report.fault(document, ["metric_address"], `${text} is reachable by other machines: set metric_token`);
};
