import { resolve } from "node:path";
import type { ConfigFault } from "@octoproxy/lib/config/config-fault";
import { configKind } from "@octoproxy/lib/config/config-kind";
import { ConfigReport } from "@octoproxy/lib/config/config-report";
import { deepFreeze } from "@octoproxy/lib/config/deep-freeze";
import { pathBase } from "@octoproxy/lib/config/file-paths";
import { checkListeners } from "@octoproxy/lib/config/listeners";
import { checkMetricToken } from "@octoproxy/lib/config/metric-token";
import { warnNotYet } from "@octoproxy/lib/config/not-yet";
import { readDocument } from "@octoproxy/lib/config/read-document";
import { checkSchema } from "@octoproxy/lib/config/schema-check";
import { checkTlsFiles, type TlsFiles } from "@octoproxy/lib/config/tls-files";
import type { TomlDocument } from "@octoproxy/lib/config/toml-document";
import type { ClientRule, ServerConfig, ServerOverrides } from "./server-config.ts";
import { type ServerKeys, serverSchema } from "./server-schema.ts";
import {
  checkClientCa,
  checkQuic,
  checkWebTransport,
  serverNotYet,
  warnEarlyData,
} from "./server-warnings.ts";

const tlsKeys = { cert: "auth_cert", key: "auth_key", ca: "client_ca", crl: "client_crl" };

export interface LoadServerOptions extends ServerOverrides {
  /** What a relative `file` is relative to, and where the original looked; the process's where not given. */
  readonly workingFolder?: string | undefined;
  /** The file's content, where it was read already: a pipe gives it only once. */
  readonly document?: TomlDocument | undefined;
}

export interface LoadedServerConfig {
  readonly config: ServerConfig;
  /** Sorted; none of them stops anything. */
  readonly warnings: readonly ConfigFault[];
}

/**
 * Reads a server's configuration, fills in defaults, cross-checks and freezes.
 * @throws ConfigError with every fault.
 */
export const loadServerConfig = async (
  file: string,
  options: LoadServerOptions = {},
): Promise<LoadedServerConfig> => {
  const workingFolder = options.workingFolder ?? process.cwd();
  const report = new ConfigReport();
  report.reads(file);
  const document = options.document ?? (await readDocument(file, workingFolder));
  if (configKind(document.values) === "client") {
    const message = `this is a client's configuration; start it with: octoproxy client -c ${file}`;
    report.addFault({ file, line: 1, column: 1, keyPath: "", message });
    report.finish();
  }
  const keys = checkSchema({ report, document, path: [], value: document.values, schema: serverSchema });
  const base = pathBase(file, workingFolder);
  const override = options.clientCa;
  const files = await checkTlsFiles(
    { report, document, base, path: [], keys: tlsKeys, purpose: "server" },
    document.values,
    override === undefined
      ? undefined
      : { written: override, absolute: resolve(workingFolder, override), path: undefined },
  );
  checkMetricToken(report, document);
  checkListeners(report, document);
  checkClientCa(report, document, options.clientCa);
  checkQuic(report, document);
  checkWebTransport(report, document);
  warnEarlyData(report, document);
  warnNotYet(report, document, serverNotYet);
  const warnings = report.finish();
  return {
    config: deepFreeze(toConfig(file, keys!, files, { listen: options.listen, clientCa: options.clientCa })),
    warnings,
  };
};

const toConfig = (
  file: string,
  keys: ServerKeys,
  files: TlsFiles,
  overrides: ServerOverrides,
): ServerConfig => ({
  file,
  overrides,
  listenAddresses: overrides.listen === undefined ? keys.listen_address : [overrides.listen],
  tls: {
    certFile: files.cert!.absolute,
    keyFile: files.key!.absolute,
    clientCaFile: keys.allow_any_client ? undefined : files.ca?.absolute,
    clientCrlFiles: files.crl.map((file) => file.absolute),
  },
  allowAnyClient: keys.allow_any_client,
  quic: keys.quic,
  webtransportAddress: keys.webtransport_address,
  maxConcurrentTasks: keys.max_concurrent_tasks,
  maxPendingHandshakes: keys.max_pending_handshakes,
  maxPendingHandshakesPerAddress: Math.ceil(keys.max_pending_handshakes / 4),
  maxTunnelsPerClient: keys.max_tunnels_per_client,
  logLevel: keys.log_level,
  accessLog: keys.access_log,
  metricAddress: keys.metric_address === "off" ? undefined : keys.metric_address,
  metricToken: keys.metric_token,
  connectTimeoutMs: Math.round(keys.connect_timeout * 1000),
  drainTimeoutMs: Math.round(keys.drain_timeout * 1000),
  dnsServers: keys.dns_servers,
  egress: keys.egress,
  clients: keys.clients.map(
    (rule): ClientRule => ({ match: rule.match, maxTunnels: rule.max_tunnels, egress: rule.egress }),
  ),
});
