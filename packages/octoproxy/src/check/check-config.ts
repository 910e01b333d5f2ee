import type { ClientConfig } from "@octoproxy/client/config/client-config";
import { loadClientConfig } from "@octoproxy/client/config/load-client-config";
import type { ConfigFault } from "@octoproxy/lib/config/config-fault";
import { configKind } from "@octoproxy/lib/config/config-kind";
import { formatListenAddresses } from "@octoproxy/lib/config/listen-address";
import { readDocument } from "@octoproxy/lib/config/read-document";
import { loadServerConfig } from "@octoproxy/server/config/load-server-config";
import type { ServerConfig } from "@octoproxy/server/config/server-config";

export interface CheckedConfig {
  /** What it is, in one line. */
  readonly summary: string;
  readonly warnings: readonly ConfigFault[];
}

/**
 * Loads a configuration as the daemon would; whose it is, is told by its keys.
 * @throws ConfigError with every fault.
 */
export const checkConfig = async (file: string, workingFolder = process.cwd()): Promise<CheckedConfig> => {
  const document = await readDocument(file, workingFolder);
  if (configKind(document.values) === "server") {
    const { config, warnings } = await loadServerConfig(file, { workingFolder, document });
    return { summary: serverSummary(config), warnings };
  }
  const { config, warnings } = await loadClientConfig(file, { workingFolder, document });
  return { summary: clientSummary(config), warnings };
};

export const clientSummary = ({
  file,
  hostRules,
  backends,
  listenAddresses,
  balance,
}: ClientConfig): string => {
  const files = hostRules === undefined ? file : `${file}, ${hostRules.file}`;
  const rules = hostRules === undefined ? "" : `, ${counted(hostRules.rules.length, "rule")}`;
  const listen = formatListenAddresses(listenAddresses);
  return `${files}: client on ${listen}, ${counted(backends.length, "backend")} (${balance})${rules}`;
};

export const serverSummary = ({ file, listenAddresses, tls, allowAnyClient }: ServerConfig): string => {
  const listen = formatListenAddresses(listenAddresses);
  const clients = allowAnyClient ? "any client" : `clients of ${tls.clientCaFile}`;
  return `${file}: server on ${listen} for ${clients}`;
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
