import type { ConfigReport } from "./config-report.ts";
import type { KeyPath } from "./key-path.ts";
import { formatListenAddress, parseListenAddress } from "./listen-address.ts";
import type { TomlDocument } from "./toml-document.ts";

/** The same address cannot be listened on twice. Port 0 is another one each time. */
export const checkListeners = (report: ConfigReport, document: TomlDocument): void => {
  const { listen_address: written, metric_address: metric } = document.values;
  const list: [KeyPath, unknown][] = Array.isArray(written)
    ? written.map((entry, index) => [["listen_address", index], entry])
    : [[["listen_address"], written]];
  const seen = new Set<string>();
  for (const [path, value] of [...list, [["metric_address"], metric] as const]) {
    const address = typeof value === "string" ? parseListenAddress(value) : undefined;
    if (address === undefined || address.port === 0) continue;
    const text = formatListenAddress(address);
    if (seen.has(text)) report.fault(document, path, `${text} is listened on already`);
    seen.add(text);
  }
};
