import { z } from "zod";

/**
 * The values of the admin API, as JSON. The daemons answer with them, the terminal UI and other tools read them, and
 * the OpenAPI document is made from them. The messages of the WebSocket stand in `event-schemas.ts`.
 *
 * Times are ISO 8601 in UTC. Units are in the names. `in` is what came from the other end of the transport (from the
 * backend in a client, from the client in a server), `out` is what went there. Texts from outside are printable.
 */

const instant = z.iso.datetime();
const bytes = z.int().min(0);
const rate = z.number().min(0).describe("Bytes per second, over the last two seconds.");
const counter = z.int().min(0);

/** As the original names them. */
export const backendStatusSchema = z
  .enum(["normal", "closed", "unknown", "force_closed"])
  .describe(
    "`normal`: connected; `closed`: not connected, it is tried again; `unknown`: not tried yet; `force_closed`: disabled.",
  );
export type BackendStatusView = z.infer<typeof backendStatusSchema>;

/** What a backend's `protocol` may be set to. */
export const protocolChoiceSchema = z.enum(["auto", "quic", "http2", "webtransport"]);
export type ProtocolChoice = z.infer<typeof protocolChoiceSchema>;

/** What travels: a protocol's name. */
const protocolInUse = z.string().min(1);

const trafficShape = {
  tunnels_active: counter.describe("Tunnels that stand now."),
  tunnels_total: counter.describe("Tunnels that ended or stand, and requests for one that were refused."),
  bytes_in: bytes,
  bytes_out: bytes,
  bytes_in_per_second: rate,
  bytes_out_per_second: rate,
};

export const latencySchema = z.object({
  count: counter.describe("Tunnels that were opened."),
  p50: z.number().nullable().describe("Null until one was opened."),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
});
export type LatencyView = z.infer<typeof latencySchema>;

export const protocolViewSchema = z.object({
  configured: protocolChoiceSchema,
  in_use: protocolInUse.nullable().describe("Null while there is no connection."),
  since: instant.nullable(),
  why: z
    .string()
    .nullable()
    .describe("Why it is not the first choice, or was not before: a phrase for a person."),
});
export type ProtocolView = z.infer<typeof protocolViewSchema>;

export const certificateViewSchema = z.object({
  file: z.string(),
  holds: z.enum(["certificate", "authority", "revocation_list"]),
  subject: z.string().describe("Of a list: its issuer."),
  not_after: instant.describe("Of a list: when the next one is due."),
  days_left: z.int().describe("Whole days; negative once it has expired."),
  warning: z
    .string()
    .nullable()
    .describe("A sentence in the last 30 days, of a list in the last 7; null before."),
});
export type CertificateView = z.infer<typeof certificateViewSchema>;

export const lastErrorSchema = z.object({
  code: z.string(),
  message: z.string().describe("A sentence for a person."),
  at: instant,
});
export type LastErrorView = z.infer<typeof lastErrorSchema>;

export const backendViewSchema = z
  .object({
    name: z.string(),
    address: z.string(),
    server_name: z.string(),
    weight: z.number(),
    protocol: protocolViewSchema,
    status: backendStatusSchema,
    since: instant.describe("When the status began."),
    ejected_until: instant.nullable().describe("It is connected, but gets no tunnels until then."),
    retry_at: instant.nullable().describe("When a closed one is tried again by itself."),
    given_up: z.boolean().describe("`max_retries` is reached: it is not tried again by itself."),
    last_error: lastErrorSchema.nullable().describe("Why it is closed; after it came up: why it was."),
    certificate: certificateViewSchema.nullable().describe("Ours, that this backend is shown."),
    round_trip_ms: z.number().nullable(),
    open_ms: latencySchema.describe("From the request to the server's word that the target is connected."),
    failures: z
      .record(z.string(), counter)
      .describe("Attempts that failed, by code; only codes that occurred."),
    ...trafficShape,
  })
  .meta({ id: "Backend" });
export type BackendView = z.infer<typeof backendViewSchema>;

export const tunnelViewSchema = z
  .object({
    id: z.string(),
    target: z.string().describe("`host:port`."),
    door: z.string().nullable().describe("`connect`, `socks5`, `socks4` or `forward`; null in a server."),
    rule: z.string().nullable().describe("The host rule that matched."),
    backend: z.string().nullable().describe("`direct` for a tunnel without a backend; null in a server."),
    client: z.string().nullable().describe("The client's certificate; null in a client."),
    source: z.string().nullable().describe("`ip:port` of the application, or of the client."),
    address: z.string().nullable().describe("`ip:port` that was dialed, where this daemon dialed."),
    protocol: protocolInUse.nullable(),
    opened_at: instant,
    age_ms: z.int().min(0),
    open_ms: z.number().min(0),
    bytes_in: bytes,
    bytes_out: bytes,
    bytes_in_per_second: rate,
    bytes_out_per_second: rate,
  })
  .meta({ id: "Tunnel" });
export type TunnelView = z.infer<typeof tunnelViewSchema>;

export const statusViewSchema = z
  .object({
    role: z.enum(["client", "server"]),
    version: z.string(),
    started_at: instant,
    uptime_seconds: z.number().min(0),
    ready: z.boolean(),
    draining: z.boolean(),
    config_file: z.string(),
    configured_at: instant.describe("When the configuration in force was taken over."),
    listen_addresses: z.array(z.object({ address: z.string(), protocol: z.string() })),
    balance: z.string().nullable().describe("Null in a server."),
    rules: counter.describe("Host rules."),
    backends: counter,
    backends_up: counter,
    connections: counter.describe("Connections between client and server."),
    certificates: z.array(certificateViewSchema),
    totals: z.object({ ...trafficShape, failovers: counter, errors: counter }),
  })
  .meta({ id: "Status" });
export type StatusView = z.infer<typeof statusViewSchema>;

/** Something in a configuration that a person should know. */
export const faultSchema = z
  .object({
    file: z.string(),
    line: z.int().nullable().describe("From 1; null where the file itself is the matter."),
    column: z.int().nullable(),
    key: z.string().nullable().describe("`backends.tokyo.address`."),
    message: z.string(),
  })
  .meta({ id: "Fault" });
export type FaultView = z.infer<typeof faultSchema>;

export const reloadedSchema = z
  .object({ reloaded: z.literal(true), warnings: z.array(faultSchema) })
  .meta({ id: "Reloaded" });
export type ReloadedView = z.infer<typeof reloadedSchema>;

/** Every answer that is not a success. */
export const errorSchema = z
  .object({
    error: z.string().describe("One sentence for a person."),
    faults: z.array(faultSchema).optional().describe("Of a refused reload."),
  })
  .meta({ id: "Error" });
export type ErrorView = z.infer<typeof errorSchema>;

export const protocolRequestSchema = z
  .strictObject({ protocol: protocolChoiceSchema })
  .meta({ id: "ProtocolRequest" });
export type ProtocolRequest = z.infer<typeof protocolRequestSchema>;
