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
import type { TomlDocument } from "@octoproxy/lib/config/toml-document";
import type { BackendConfig, ClientConfig, ClientOverrides } from "./client-config.ts";
import { type ClientKeys, clientSchema } from "./client-schema.ts";
import {
  checkProtocols,
  clientNotYet,
  warnMismatches,
  warnOldSpellings,
  warnOpenDoor,
} from "./client-warnings.ts";
import type { HostRuleFile } from "./host-rule.ts";
import { backendNames, loadBackends } from "./load-backends.ts";
import { loadHostRules } from "./load-host-rules.ts";

export interface LoadClientOptions extends ClientOverrides {
  /** What a relative `file` is relative to, and where the original looked; the process's where not given. */
  readonly workingFolder?: string | undefined;
  /** The file's content, where it was read already: a pipe gives it only once. */
  readonly document?: TomlDocument | undefined;
}

export interface LoadedClientConfig {
  readonly config: ClientConfig;
  /** Sorted; none of them stops anything. */
  readonly warnings: readonly ConfigFault[];
}

/**
 * Reads a client's configuration and the rules that it names, fills in defaults, cross-checks and freezes.
 * @throws ConfigError with every fault of every file.
 */
export const loadClientConfig = async (
  file: string,
  options: LoadClientOptions = {},
): Promise<LoadedClientConfig> => {
  const workingFolder = options.workingFolder ?? process.cwd();
  const report = new ConfigReport();
  report.reads(file);
  const document = options.document ?? (await readDocument(file, workingFolder));
  if (configKind(document.values) === "server") {
    const message = `this is a server's configuration; start it with: octoproxy server -c ${file}`;
    report.addFault({ file, line: 1, column: 1, keyPath: "", message });
    report.finish();
  }
  const base = pathBase(file, workingFolder);
  const keys = checkSchema({ report, document, path: [], value: document.values, schema: clientSchema });
  const backends = await loadBackends({ report, document, base });
  const { host_rule: rules } = document.values;
  const hostRules =
    typeof rules === "string" && rules !== ""
      ? await loadHostRules({ report, document, base, backendNames: backendNames(document) }, rules)
      : undefined;
  checkMetricToken(report, document);
  checkListeners(report, document);
  checkProtocols(report, document);
  for (const backend of backends) warnMismatches(report, document, backend);
  warnOldSpellings(report, document);
  warnNotYet(report, document, clientNotYet);
  const config =
    keys === undefined ? undefined : toConfig(file, keys, backends, hostRules, { listen: options.listen });
  if (config !== undefined) warnOpenDoor(report, document, config.listenAddresses, config.allowFrom);
  const warnings = report.finish();
  return { config: deepFreeze(config!), warnings };
};

const toConfig = (
  file: string,
  keys: ClientKeys,
  backends: readonly BackendConfig[],
  hostRules: HostRuleFile | undefined,
  overrides: ClientOverrides,
): ClientConfig => ({
  file,
  overrides,
  listenAddresses: overrides.listen === undefined ? keys.listen_address : [overrides.listen],
  allowFrom: keys.allow_from,
  metricAddress: keys.metric_address === "off" ? undefined : keys.metric_address,
  metricToken: keys.metric_token,
  logLevel: keys.log_level,
  balance: keys.balance,
  hostRules,
  connectTimeoutMs: Math.round(keys.connect_timeout * 1000),
  dnsServers: keys.dns_servers,
  accessLog: keys.access_log,
  drainTimeoutMs: Math.round(keys.drain_timeout * 1000),
  backends,
});
