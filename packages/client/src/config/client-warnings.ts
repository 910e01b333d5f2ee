import type { ConfigReport } from "@octoproxy/lib/config/config-report";
import { formatListenAddress, type ListenAddress } from "@octoproxy/lib/config/listen-address";
import { isLoopback } from "@octoproxy/lib/config/networks";
import type { NotYet } from "@octoproxy/lib/config/not-yet";
import { isTable, type TomlDocument } from "@octoproxy/lib/config/toml-document";
import { builtProtocols, isProtocolBuilt } from "@octoproxy/lib/transport/built";
import { whyNoQuic } from "@octoproxy/lib/transport/quic/availability";
import type { ProtocolName } from "@octoproxy/lib/transport/transport";
import { whyNoHttp3, whyNoWebTransport } from "@octoproxy/lib/transport/webtransport/load-package";
import { type BackendConfig, backendProtocols } from "./client-config.ts";

/** Keys that are read and do nothing yet in this copy. */
export const clientNotYet: NotYet = {};

/** The original's ways that are taken, and said to be another one's. */
export const warnOldSpellings = (report: ConfigReport, document: TomlDocument): void => {
  const { balance } = document.values;
  if (typeof balance === "string" && balance.toLowerCase() === "frist") {
    report.warn(document, ["balance"], '"frist" is taken for "first"', "value");
  }
};

/** A listener that other machines can reach is an open door: to whom. */
export const warnOpenDoor = (
  report: ConfigReport,
  document: TomlDocument,
  addresses: readonly ListenAddress[],
  allowFrom: readonly string[],
): void => {
  const open = addresses.filter(({ host }) => !isLoopback(host)).map(formatListenAddress);
  const beyond = allowFrom.filter((network) => !isLoopback(network.replace(/\/.*$/, "")));
  if (open.length === 0 || beyond.length === 0) return;
  report.warn(
    document,
    ["listen_address"],
    `${open.join(", ")}: anyone in ${beyond.join(", ")} who reaches it may use the proxy; allow_from narrows that`,
    "value",
  );
};

/**
 * A protocol that is selected must be in this copy; `auto` makes do with HTTP/2. Looks at what is written, and only for
 * protocols that are: each look may read files.
 * @param built instead of what this copy can.
 */
export const checkProtocols = (
  report: ConfigReport,
  document: TomlDocument,
  built: readonly string[] | undefined = undefined,
): void => {
  const { backends = {} } = document.values;
  const auto: string[] = [];
  const isBuilt = (protocol: ProtocolName): boolean => built?.includes(protocol) ?? isProtocolBuilt(protocol);
  for (const [name, table] of Object.entries(isTable(backends) ? backends : {})) {
    const { protocol = "auto" } = isTable(table) ? table : {};
    const written = typeof protocol === "string" ? protocol.toLowerCase() : "";
    const selected = backendProtocols.find((word) => word === written);
    if (selected === "auto") auto.push(name);
    if (selected === undefined || selected === "auto") continue;
    if (isBuilt(selected)) {
      if (selected === "webtransport") warnHttp3(report, document, name);
      continue;
    }
    const choices = ["auto", ...(built ?? builtProtocols())].map((word) => `"${word}"`).join(" or ");
    const why = selected === "quic" ? because(whyNoQuic()) : because(whyNoWebTransport());
    const message = `${selected} is not built into this copy${why}; choose ${choices}`;
    report.fault(document, ["backends", name, "protocol"], message);
  }
  if (auto[0] === undefined || isBuilt("quic")) return;
  report.warn(
    document,
    ["backends", auto[0], "protocol"],
    `"auto" uses HTTP/2 alone (${auto.join(", ")}), since QUIC is not built into this copy${because(whyNoQuic())}`,
    "value",
  );
};

const warnHttp3 = (report: ConfigReport, document: TomlDocument, name: string): void => {
  const alone = whyNoHttp3();
  if (alone !== undefined) report.warn(document, ["backends", name, "protocol"], alone, "value");
};

/** Why what should be here does not work, in brackets. */
const because = (why: string | undefined): string =>
  why === undefined ? "" : ` (${why.replace(/\.$/, "")})`;

/** Values that are good by themselves and do not go together. */
export const warnMismatches = (
  report: ConfigReport,
  document: TomlDocument,
  { name, protocol, http2, quic }: BackendConfig,
): void => {
  if (http2.initialConnWindowBytes < http2.initialStreamWindowBytes) {
    const message = "is smaller than initial_stream_window_size, which it bounds";
    report.warn(document, ["backends", name, "http2", "initial_conn_window_size"], message, "value");
  }
  const usesQuic = protocol === "quic" || protocol === "auto";
  if (usesQuic && quic.maxIdleTimeoutMs > 0 && quic.keepAliveIntervalMs >= quic.maxIdleTimeoutMs) {
    const message = "is not below max_idle_timeout: a silent connection ends before the first sign of life";
    report.warn(document, ["backends", name, "quic", "keep_alive_interval"], message, "value");
  }
};
