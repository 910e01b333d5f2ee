import type { ConfigReport } from "@octoproxy/lib/config/config-report";
import type { PathBase } from "@octoproxy/lib/config/file-paths";
import { checkSchema } from "@octoproxy/lib/config/schema-check";
import { checkTlsFiles } from "@octoproxy/lib/config/tls-files";
import { isTable, type TomlDocument } from "@octoproxy/lib/config/toml-document";
import { printable } from "@octoproxy/lib/error/proxy-error";
import { type BackendKeys, backendSchema } from "./backend-schema.ts";
import type { BackendConfig, BackendTlsFiles, Http2Config, QuicConfig } from "./client-config.ts";

const maxNameLength = 64;
const tlsKeys = { cert: "client_cert", key: "client_key", ca: "cacert", crl: "crl" };

/** What the tables of backends are read with. */
export interface BackendContext {
  readonly report: ConfigReport;
  readonly document: TomlDocument;
  readonly base: PathBase;
}

/** Names of all tables below `backends`, in file order, faulty ones included. */
export const backendNames = (document: TomlDocument): readonly string[] => {
  const { backends } = document.values;
  return isTable(backends) ? document.names(["backends"], backends) : [];
};

/** Reads every backend; those with a fault are told and left out. */
export const loadBackends = async (context: BackendContext): Promise<BackendConfig[]> => {
  const { report, document } = context;
  const { backends } = document.values;
  const names = backendNames(document);
  if (backends !== undefined && !isTable(backends)) {
    report.fault(document, ["backends"], "must be a table; a backend is written as [backends.NAME]");
  } else if (names.length === 0) {
    report.fault(document, ["backends"], "there is none; at least one [backends.NAME] is needed", "key");
  }
  const loaded: BackendConfig[] = [];
  for (const name of names) {
    const backend = await loadBackend(context, name, (backends as Record<string, unknown>)[name]);
    if (backend !== undefined) loaded.push(backend);
  }
  return loaded;
};

const loadBackend = async (
  context: BackendContext,
  name: string,
  value: unknown,
): Promise<BackendConfig | undefined> => {
  const { report, document } = context;
  const path = ["backends", name];
  if (name === "" || name === "__proto__" || name.length > maxNameLength || printable(name) !== name) {
    report.fault(document, path, `a backend's name has 1 to ${maxNameLength} printable characters`, "key");
  }
  if (!isTable(value)) {
    report.fault(document, path, "must be a table; a backend is written as [backends.NAME]", "key");
    return undefined;
  }
  const unknownKey = (key: string, _path: unknown, inner: unknown) =>
    isTable(inner) && Object.hasOwn(inner, "address")
      ? `a name with a dot needs quotes: [backends."${name}.${key}"]`
      : undefined;
  const found = await checkTlsFiles({ ...context, path, keys: tlsKeys, purpose: "client" }, value);
  const keys = checkSchema({ report, document, path, value, schema: backendSchema, unknownKey });
  if (keys === undefined) return undefined;
  if (keys.quic.use_0rtt) {
    report.warn(
      document,
      [...path, "quic", "use_0rtt"],
      "is not done: early data can be replayed, and would pass revocation by",
    );
  }
  return toBackend(name, keys, {
    caFile: found.ca?.absolute,
    certFile: found.cert!.absolute,
    keyFile: found.key!.absolute,
    crlFiles: found.crl.map((file) => file.absolute),
  });
};

const toBackend = (name: string, keys: BackendKeys, tls: BackendTlsFiles): BackendConfig => ({
  name,
  address: keys.address.text,
  host: keys.address.host,
  port: keys.address.port,
  serverName: keys.server_name ?? keys.address.host,
  protocol: keys.protocol,
  startsClosed: keys.status === "force_closed",
  weight: keys.weight,
  retryTimeoutMs: toMs(keys.retry_timeout),
  maxRetries: keys.max_retries,
  tls,
  dialect: keys.dialect,
  http2: toHttp2(keys.http2),
  quic: toQuic(keys.quic),
});

const toHttp2 = (keys: BackendKeys["http2"]): Http2Config => ({
  keepAliveIntervalMs: toMs(keys.keep_alive_interval),
  keepAliveTimeoutMs: toMs(keys.keep_alive_timeout),
  keepAliveWhileIdle: keys.keep_alive_while_idle,
  initialConnWindowBytes: keys.initial_conn_window_size,
  initialStreamWindowBytes: keys.initial_stream_window_size,
  maxFrameBytes: keys.max_frame_size,
  maxSendBufferBytes: keys.max_send_buffer_size,
  adaptiveWindow: keys.adaptive_window,
});

const toQuic = (keys: BackendKeys["quic"]): QuicConfig => ({
  maxIdleTimeoutMs: toMs(keys.max_idle_timeout),
  keepAliveIntervalMs: toMs(keys.keep_alive_interval),
  ipv4Only: keys.ipv4_only,
  expectedRttMs: keys.expected_rtt,
  maxStreamBandwidthBytesPerSecond: keys.max_stream_bandwidth,
  congestion: keys.congestion,
  streamWindowBytes: Math.ceil((keys.max_stream_bandwidth * keys.expected_rtt) / 1000),
});

/** Timers take whole milliseconds. */
const toMs = (seconds: number): number => Math.round(seconds * 1000);
