import type { ListenAddress } from "@octoproxy/lib/config/listen-address";
import type { AccessLog, LogLevel } from "@octoproxy/lib/config/words";

/** What the command line says instead of the file. A reload gives the same to `loadServerConfig`. */
export interface ServerOverrides {
  /** Replaces `listen_address`. */
  readonly listen?: ListenAddress | undefined;
  /** Replaces `client_ca`; relative to the working folder. */
  readonly clientCa?: string | undefined;
}

/** A server's configuration: validated, with every default filled in, deeply frozen. Paths are absolute. */
export interface ServerConfig {
  /** The file that it was read from, as the user named it: for messages. */
  readonly file: string;
  readonly overrides: ServerOverrides;
  /** TCP always, UDP as well where `quic` is on. */
  readonly listenAddresses: readonly ListenAddress[];
  readonly tls: ServerTlsFiles;
  /** `allow_any_client = true`: no certificate is asked for. */
  readonly allowAnyClient: boolean;
  readonly quic: boolean;
  readonly webtransportAddress: ListenAddress | undefined;
  /** Authenticated connections at once. */
  readonly maxConcurrentTasks: number;
  /** Connections that have not finished TLS, in all; past it the oldest is dropped. */
  readonly maxPendingHandshakes: number;
  /** The same for one address: a quarter of all, at least 1. */
  readonly maxPendingHandshakesPerAddress: number;
  /** Tunnels at once for one certificate fingerprint, and the stream limit announced on each connection. */
  readonly maxTunnelsPerClient: number;
  readonly logLevel: LogLevel;
  readonly accessLog: AccessLog;
  /** Admin API and metrics; undefined is off. */
  readonly metricAddress: ListenAddress | undefined;
  readonly metricToken: string | undefined;
  /** For the connection to a target, resolving included. */
  readonly connectTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** `ip` or `ip:port`, `[v6]:port`, as `dns.Resolver.setServers` takes them; empty means the system's. */
  readonly dnsServers: readonly string[];
  readonly egress: EgressConfig;
  /** In file order: the first that matches a client's certificate holds for it. */
  readonly clients: readonly ClientRule[];
}

export interface ServerTlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Undefined only with `allowAnyClient`. */
  readonly clientCaFile: string | undefined;
  readonly clientCrlFiles: readonly string[];
}

/** Which targets may be reached, on top of what is built in. `allow` exempts from `deny` and from the built-in list. */
export interface EgressConfig {
  readonly default: "allow" | "deny";
  readonly deny: readonly EgressEntry[];
  readonly allow: readonly EgressEntry[];
}

/** One entry of an egress list: a network or a host pattern, each with or without a port. */
export interface EgressEntry {
  /** As written. */
  readonly text: string;
  /** `address/prefix`; a single address has the whole prefix. Exactly one of `network` and `host` is there. */
  readonly network: string | undefined;
  /** Exact name, or `*.suffix` for any depth below it; lower case. */
  readonly host: string | undefined;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** What holds for the clients whose certificate fits. */
export interface ClientRule {
  /** Any of these: `CN=…` (the subject) or `DNS:…`, `IP:…` (a SAN); `*` stands for any run of characters. */
  readonly match: readonly string[];
  /** Undefined: `max_tunnels_per_client` holds. */
  readonly maxTunnels: number | undefined;
  /** Undefined: the server's egress rules hold; otherwise these replace them. */
  readonly egress: EgressConfig | undefined;
}
