import { z } from "zod";
import { explainViewSchema } from "./explain-schema.ts";
import {
  backendViewSchema,
  errorSchema,
  protocolRequestSchema,
  reloadedSchema,
  statusViewSchema,
  tunnelViewSchema,
} from "./schemas.ts";

export type EndpointMethod = "GET" | "POST" | "PUT" | "DELETE";

/** One call of the admin API. Routes, the OpenAPI document and `doc/admin-api.md` are made from, or held against, these. */
export interface Endpoint {
  readonly id: string;
  readonly method: EndpointMethod;
  /** With `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  /** Answered without a token, whoever asks. */
  readonly open?: boolean;
  /** Only a client has it. */
  readonly clientOnly?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  /** What is answered by status: a schema of JSON, or a media type. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
}

const text = "text/plain; charset=utf-8";
const backends = "/api/v1/backends";

const steering = (id: string, summary: string): Endpoint => ({
  id,
  method: "POST",
  path: `${backends}/:name/${id}`,
  summary,
  clientOnly: true,
  answers: { 200: backendViewSchema, 404: errorSchema },
});

/** Every call, in the order of the documentation. */
export const endpoints: readonly Endpoint[] = [
  {
    id: "healthz",
    method: "GET",
    path: "/healthz",
    summary: "200 while the process serves.",
    open: true,
    answers: { 200: text },
  },
  {
    id: "readyz",
    method: "GET",
    path: "/readyz",
    summary:
      "200 while at least one backend is up (server: while it accepts connections); 503 otherwise, and while draining.",
    open: true,
    answers: { 200: text, 503: text },
  },
  {
    id: "metrics",
    method: "GET",
    path: "/metrics",
    summary: "Metrics as Prometheus reads them.",
    answers: { 200: "text/plain; version=0.0.4; charset=utf-8" },
  },
  {
    id: "proxyPac",
    method: "GET",
    path: "/proxy.pac",
    summary: "Proxy auto-configuration for browsers: this client, but for hosts with a `direct` rule.",
    open: true,
    clientOnly: true,
    answers: { 200: "application/x-ns-proxy-autoconfig" },
  },
  {
    id: "status",
    method: "GET",
    path: "/api/v1/status",
    summary: "Version, uptime, listen addresses, balance, totals.",
    answers: { 200: statusViewSchema },
  },
  {
    id: "backends",
    method: "GET",
    path: backends,
    summary: "Every backend, in the order of the file.",
    clientOnly: true,
    answers: { 200: z.array(backendViewSchema) },
  },
  {
    id: "backend",
    method: "GET",
    path: `${backends}/:name`,
    summary: "One backend.",
    clientOnly: true,
    answers: { 200: backendViewSchema, 404: errorSchema },
  },
  steering("enable", "Enables a disabled backend and connects it."),
  steering("disable", "Disables a backend: no new tunnels; those that are open finish."),
  steering(
    "reset",
    "Forgets failures and connects a backend anew; open tunnels finish on the old connection.",
  ),
  {
    id: "protocol",
    method: "PUT",
    path: `${backends}/:name/protocol`,
    summary: "Switches the protocol: new tunnels use it, old ones finish.",
    clientOnly: true,
    body: protocolRequestSchema,
    answers: { 200: backendViewSchema, 400: errorSchema, 404: errorSchema },
  },
  {
    id: "tunnels",
    method: "GET",
    path: "/api/v1/tunnels",
    summary: "Live tunnels, the newest last.",
    answers: { 200: z.array(tunnelViewSchema) },
  },
  {
    id: "closeTunnel",
    method: "DELETE",
    path: "/api/v1/tunnels/:id",
    summary: "Closes one tunnel: both of its sides are reset.",
    answers: { 204: "", 404: errorSchema },
  },
  {
    id: "explain",
    method: "GET",
    path: "/api/v1/explain",
    summary: "Which rule and which backend a target would get, and why; nothing is opened.",
    clientOnly: true,
    query: { target: "`host:port`" },
    answers: { 200: explainViewSchema, 400: errorSchema },
  },
  {
    id: "reload",
    method: "POST",
    path: "/api/v1/reload",
    summary:
      "Reads configuration, rules and certificates anew. 409 where they are wrong: then nothing changes.",
    answers: { 200: reloadedSchema, 409: errorSchema },
  },
  {
    id: "events",
    method: "GET",
    path: "/api/v1/events",
    summary: "WebSocket: a snapshot at least every 500 ms, and each change of state and error as it happens.",
    query: { tunnels: "How many of the busiest tunnels stand in a snapshot, 0 (default) to 1000." },
    answers: { 101: "" },
  },
  {
    id: "openapi",
    method: "GET",
    path: "/api/v1/openapi.json",
    summary: "This API as an OpenAPI 3.1 document.",
    answers: { 200: "application/json; charset=utf-8" },
  },
];
