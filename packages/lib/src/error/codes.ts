/**
 * Every failure has a code; everything else about it is read from this table, never from a message.
 * `doc/errors.md` is held against it by a test. Tokens are those of RFC 9209 section 2.3; SOCKS replies those of
 * RFC 1928 section 6.
 */
export interface ErrorTraits {
  /** Whose fault it is, as a user would put it. */
  readonly fault: "application" | "client" | "backend" | "server" | "target" | "policy";
  /** Another backend may be tried, as long as the target cannot have seen a byte. */
  readonly retry: boolean;
  /** It counts against the backend's health. A target's failure never does. */
  readonly charged: boolean;
  /** HTTP status that an application or a client sees. */
  readonly status: number;
  /** `error` parameter of Proxy-Status. */
  readonly token: string;
  /** SOCKS5 reply. */
  readonly socks: number;
  /** For a person, the end of a sentence whose subject is named by whoever reports it. */
  readonly sentence: string;
}

const target = { fault: "target", retry: false, charged: false } as const;
const backend = { fault: "backend", retry: true, charged: true, socks: 1 } as const;
const busy = { fault: "backend", retry: true, charged: false, socks: 1 } as const;
const application = { fault: "application", retry: false, charged: false } as const;

export const errorCodes = {
  // What the target, or the policy about targets, says. Final: never retried, never charged.
  DNS_ERROR: { ...target, status: 502, token: "dns_error", socks: 4, sentence: "the name does not resolve" },
  DNS_TIMEOUT: {
    ...target,
    status: 504,
    token: "dns_timeout",
    socks: 4,
    sentence: "the name servers did not answer in time",
  },
  CONNECTION_REFUSED: {
    ...target,
    status: 502,
    token: "connection_refused",
    socks: 5,
    sentence: "the target refused the connection",
  },
  CONNECTION_TIMEOUT: {
    ...target,
    status: 504,
    token: "connection_timeout",
    socks: 4,
    sentence: "the target did not answer in time",
  },
  TARGET_UNROUTABLE: {
    ...target,
    status: 502,
    token: "destination_ip_unroutable",
    socks: 3,
    sentence: "there is no route to the target",
  },
  CONNECTION_TERMINATED: {
    ...target,
    status: 502,
    token: "connection_terminated",
    socks: 1,
    sentence: "the target closed the connection",
  },
  BAD_RESPONSE: {
    ...target,
    status: 502,
    token: "http_protocol_error",
    socks: 1,
    sentence: "the target's answer is not valid HTTP",
  },
  TARGET_PROHIBITED: {
    ...target,
    fault: "policy",
    status: 403,
    token: "destination_ip_prohibited",
    socks: 2,
    sentence: "the server's egress rules forbid the target",
  },

  // What a backend says about itself, or what became of it.
  CLIENT_LIMIT: {
    ...busy,
    status: 503,
    token: "connection_limit_reached",
    sentence: "the server's limit of tunnels for this client is reached",
  },
  DRAINING: {
    ...busy,
    status: 503,
    token: "connection_limit_reached",
    sentence: "the server is shutting down and takes no new tunnels",
  },
  INTERNAL: {
    ...backend,
    fault: "server",
    status: 500,
    token: "proxy_internal_error",
    sentence: "the server failed by its own fault",
  },
  BACKEND_UNREACHABLE: {
    ...backend,
    status: 503,
    token: "destination_unavailable",
    sentence: "the backend cannot be reached",
  },
  BACKEND_TIMEOUT: {
    ...backend,
    status: 504,
    token: "http_response_timeout",
    sentence: "the backend did not answer in time",
  },
  BACKEND_LOST: {
    ...backend,
    status: 502,
    token: "connection_terminated",
    sentence: "the connection to the backend broke",
  },
  BACKEND_TLS: {
    ...backend,
    status: 502,
    token: "tls_protocol_error",
    sentence: "TLS with the backend failed",
  },
  BACKEND_CERTIFICATE: {
    ...backend,
    status: 502,
    token: "tls_certificate_error",
    sentence: "the backend's certificate was not accepted",
  },
  CERTIFICATE_REFUSED: {
    ...backend,
    status: 502,
    token: "tls_alert_received",
    sentence: "the backend refused our certificate",
  },
  PROTOCOL_ERROR: {
    ...backend,
    status: 502,
    token: "http_protocol_error",
    sentence: "the other side broke the protocol",
  },
  BACKEND_DRAINING: {
    ...busy,
    status: 503,
    token: "destination_unavailable",
    sentence: "the connection to the backend is closing",
  },
  STREAM_LIMIT: {
    ...busy,
    status: 503,
    token: "connection_limit_reached",
    sentence: "the backend allows no more tunnels on this connection",
  },
  NO_BACKEND: {
    ...busy,
    fault: "client",
    retry: false,
    status: 503,
    token: "destination_unavailable",
    sentence: "no backend is up",
  },

  // What the application did, or what the client decided about its request.
  BAD_REQUEST: {
    ...application,
    status: 400,
    token: "http_request_error",
    socks: 1,
    sentence: "the request is malformed",
  },
  METHOD_NOT_ALLOWED: {
    ...application,
    status: 405,
    token: "http_request_error",
    socks: 7,
    sentence: "only CONNECT is served here",
  },
  REQUEST_TIMEOUT: {
    ...application,
    status: 408,
    token: "http_request_error",
    socks: 1,
    sentence: "the request did not arrive in time",
  },
  BLOCKED: {
    ...application,
    fault: "client",
    status: 403,
    token: "http_request_denied",
    socks: 2,
    sentence: "a host rule blocks the target",
  },
  NOT_ALLOWED: {
    ...application,
    fault: "client",
    status: 403,
    token: "http_request_denied",
    socks: 2,
    sentence: "this address may not use the proxy (allow_from)",
  },
  PROXY_LOOP: {
    ...application,
    fault: "client",
    status: 502,
    token: "proxy_loop_detected",
    socks: 1,
    sentence: "the request came back to the proxy that sent it",
  },
  OVERLOADED: {
    ...application,
    fault: "client",
    status: 503,
    token: "connection_limit_reached",
    socks: 1,
    sentence: "the proxy has no free file descriptors",
  },

  // How an established tunnel can end early.
  RESET: {
    ...target,
    status: 502,
    token: "connection_terminated",
    socks: 1,
    sentence: "the other side reset the connection",
  },
  ABORTED: {
    ...application,
    status: 502,
    token: "connection_terminated",
    socks: 1,
    sentence: "the connection was given up on this side",
  },
  IDLE: {
    ...application,
    status: 504,
    token: "connection_timeout",
    socks: 1,
    sentence: "nothing moved for too long",
  },
} as const satisfies Record<string, ErrorTraits>;

export type ErrorCode = keyof typeof errorCodes;

/** Whether a word from the wire is one of our codes. */
export const isErrorCode = (word: string): word is ErrorCode => Object.hasOwn(errorCodes, word);
