import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import type { AccessLog, LogLevel } from "@octoproxy/lib/config/words";
import type { HostRuleFile } from "./host-rule.ts";

/** How the client chooses among the backends that are up. */
export const balanceNames = [
  "first",
  "round_robin",
  "random",
  "least_loaded_time",
  "uri_hash",
  "least_connections",
  "p2c",
] as const;
export type BalanceName = (typeof balanceNames)[number];

/** What a backend's `protocol` may say. */
export const backendProtocols = ["auto", "quic", "http2", "webtransport"] as const;
export type BackendProtocol = (typeof backendProtocols)[number];

export const dialects = ["auto", "git", "crate"] as const;
export type Dialect = (typeof dialects)[number];

export const congestions = ["cubic", "bbr", "reno"] as const;
export type Congestion = (typeof congestions)[number];

/** What the command line says instead of the file. A reload gives the same to `loadClientConfig`. */
export interface ClientOverrides {
  /** Replaces `listen_address`. */
  readonly listen?: ListenAddress | undefined;
}

/** A client's configuration: validated, with every default filled in, deeply frozen. Paths are absolute. */
export interface ClientConfig {
  /** The file that it was read from, as the user named it: for messages. */
  readonly file: string;
  readonly overrides: ClientOverrides;
  readonly listenAddresses: readonly ListenAddress[];
  /** Networks, `address/prefix`, whose applications may use the listeners. */
  readonly allowFrom: readonly string[];
  /** Admin API and metrics; undefined is off. */
  readonly metricAddress: ListenAddress | undefined;
  readonly metricToken: string | undefined;
  readonly logLevel: LogLevel;
  readonly balance: BalanceName;
  readonly hostRules: HostRuleFile | undefined;
  /** For one request to be connected in all, failover included. */
  readonly connectTimeoutMs: number;
  /** `ip` or `ip:port`, `[v6]:port`, as `dns.Resolver.setServers` takes them; empty means the system's. */
  readonly dnsServers: readonly string[];
  readonly accessLog: AccessLog;
  readonly drainTimeoutMs: number;
  /** In the order of the file; at least one; names are unique. */
  readonly backends: readonly BackendConfig[];
}

export interface BackendConfig {
  readonly name: string;
  /** As written, `host:port`, IPv6 in brackets. */
  readonly address: string;
  /** The host of `address`: lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The DNS name or IP literal that the server's certificate must bear. */
  readonly serverName: string;
  readonly protocol: BackendProtocol;
  /** `status = "force_closed"`: starts disabled. */
  readonly startsClosed: boolean;
  /** Share of the tunnels, for the algorithms that know weights; above 0. */
  readonly weight: number;
  /** Cap of the back-off between attempts to reconnect. */
  readonly retryTimeoutMs: number;
  /** Attempts to reconnect before the backend is given up; 0 is no end. */
  readonly maxRetries: number;
  readonly tls: BackendTlsFiles;
  readonly dialect: Dialect;
  readonly http2: Http2Config;
  readonly quic: QuicConfig;
}

export interface BackendTlsFiles {
  /** Undefined: the system's roots. */
  readonly caFile: string | undefined;
  readonly certFile: string;
  readonly keyFile: string;
  /** For the server's certificate. */
  readonly crlFiles: readonly string[];
}

export interface Http2Config {
  /** Without a received byte, until a PING is sent; 0 is off. */
  readonly keepAliveIntervalMs: number;
  readonly keepAliveTimeoutMs: number;
  /** PINGs also while no tunnel is open. */
  readonly keepAliveWhileIdle: boolean;
  readonly initialConnWindowBytes: number;
  readonly initialStreamWindowBytes: number;
  /** What we accept and, where the peer allows, send. */
  readonly maxFrameBytes: number;
  /** Of one connection, before its writers are told to wait. */
  readonly maxSendBufferBytes: number;
  readonly adaptiveWindow: boolean;
}

export interface QuicConfig {
  /** 0 is off. */
  readonly maxIdleTimeoutMs: number;
  /** 0 is off. */
  readonly keepAliveIntervalMs: number;
  readonly ipv4Only: boolean;
  readonly expectedRttMs: number;
  readonly maxStreamBandwidthBytesPerSecond: number;
  readonly congestion: Congestion;
  /** Bandwidth × round trip. */
  readonly streamWindowBytes: number;
}
