import type { ClientConfig } from "@octoproxy/client/config/client-config";
import { loadClientConfig } from "@octoproxy/client/config/load-client-config";
import { ConfigError, type ConfigFault, formatFault } from "@octoproxy/lib/config/config-fault";
import { configKind } from "@octoproxy/lib/config/config-kind";
import { readDocument } from "@octoproxy/lib/config/read-document";
import { Resolver } from "@octoproxy/lib/dial/resolver";
import { openFileLimit } from "@octoproxy/lib/lifecycle/open-files";
import { loadServerConfig } from "@octoproxy/server/config/load-server-config";
import type { ServerConfig } from "@octoproxy/server/config/server-config";
import { clientSummary, serverSummary } from "../check/check-config.ts";
import { checkClient, checkServer } from "../healthcheck/health.ts";
import { checkAdmin, checkPort } from "./address-checks.ts";
import { checkBackend } from "./backend-checks.ts";
import { checkDates, checkLists } from "./expiry-checks.ts";
import { faultFindings } from "./fault-findings.ts";
import { checkChain, checkKeys, checkPermissions, checkServerNames, type TlsFileSet } from "./file-checks.ts";
import { type Finding, pass, skip, warn } from "./finding.ts";
import { judgeOpenFiles, judgeReceiveBuffer, largestReceiveBuffer } from "./machine-checks.ts";

/** Every check of a client's or a server's configuration, in the order in which they are told. */
export const examine = async (file: string, workingFolder = process.cwd()): Promise<Finding[]> => {
  try {
    const document = await readDocument(file, workingFolder);
    if (configKind(document.values) === "server") {
      const { config, warnings } = await loadServerConfig(file, { workingFolder, document });
      return [...configurationFindings(serverSummary(config), warnings), ...(await examineServer(config))];
    }
    const { config, warnings } = await loadClientConfig(file, { workingFolder, document });
    return [...configurationFindings(clientSummary(config), warnings), ...(await examineClient(config))];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...faultFindings(error.faults), skip("all others", "a daemon would not start with this")];
  }
};

const configurationFindings = (summary: string, warnings: readonly ConfigFault[]): Finding[] =>
  warnings.length === 0
    ? [pass("configuration", summary)]
    : warnings.map((fault) =>
        warn("configuration", formatFault(fault), "doc/configuration.md has every key"),
      );

const examineClient = async (config: ClientConfig): Promise<Finding[]> => {
  const sets: TlsFileSet[] = config.backends.map(({ tls }) => ({
    cert: tls.certFile,
    key: tls.keyFile,
    ca: tls.caFile,
    crl: tls.crlFiles,
  }));
  const resolver = new Resolver({ servers: config.dnsServers });
  const backends = await Promise.all(config.backends.map((backend) => checkBackend(backend, resolver)));
  const usesQuic = config.backends.some(({ protocol }) => protocol !== "http2");
  return [
    ...fileFindings(sets),
    ...backends.flat(),
    usesQuic ? judgeReceiveBuffer(largestReceiveBuffer()) : skip("receive buffer", "no backend uses QUIC"),
    judgeOpenFiles(openFileLimit(), 2),
    await checkPort(config.listenAddresses, false, (signal) => checkClient(config, signal)),
    await checkAdmin(config.metricAddress, config.metricToken),
  ];
};

const examineServer = async (config: ServerConfig): Promise<Finding[]> => {
  const { certFile, keyFile, clientCaFile, clientCrlFiles } = config.tls;
  const hosts = config.listenAddresses.map(({ host }) => host);
  return [
    ...fileFindings([{ cert: certFile, key: keyFile, ca: clientCaFile, crl: clientCrlFiles }]),
    checkServerNames(certFile, hosts),
    config.quic ? judgeReceiveBuffer(largestReceiveBuffer()) : skip("receive buffer", "quic is off"),
    judgeOpenFiles(openFileLimit(), 2),
    await checkPort(config.listenAddresses, config.quic, (signal) => checkServer(config, signal)),
    await checkAdmin(config.metricAddress, config.metricToken),
  ];
};

const fileFindings = (sets: readonly TlsFileSet[]): Finding[] => [
  checkPermissions(sets),
  checkDates(sets, Date.now()),
  ...checkLists(sets, Date.now()),
  checkChain(sets),
  checkKeys(sets),
];
