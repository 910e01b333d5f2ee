import { printable } from "../error/proxy-error.ts";
import type { ControlResult, ControlSource } from "./control.ts";
import { openApiDocument } from "./openapi.ts";
import { type FaultView, protocolRequestSchema } from "./schemas.ts";

/** What an endpoint is asked with. */
export interface AdminRequest {
  /** From the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  /** The `Host` header's name. */
  readonly host: string;
}

export interface AdminAnswer {
  readonly status: number;
  /** Media type where it is not JSON. */
  readonly type?: string;
  readonly body: unknown;
}

type Answerer = (source: ControlSource, request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>;

const plain = "text/plain; charset=utf-8";

const json = (body: unknown): AdminAnswer => ({ status: 200, body });

/** One sentence, printable whatever the request put into it. */
export const errorAnswer = (status: number, error: string, faults?: readonly FaultView[]): AdminAnswer => {
  const sentence = printable(error).replace(/\.?$/, ".");
  return { status, body: faults === undefined ? { error: sentence } : { error: sentence, faults } };
};

const resultAnswer = (result: ControlResult): AdminAnswer => {
  switch (result.kind) {
    case "done":
      return { status: 204, body: undefined };
    case "backend":
      return json(result.backend);
    case "reloaded":
      return json({ reloaded: true, warnings: result.warnings });
    case "explained":
      return json(result.explanation);
    case "unknown":
    case "unavailable":
      return errorAnswer(404, result.message);
    case "invalid":
      return errorAnswer(400, result.message);
    case "refused":
      return errorAnswer(409, result.message, result.faults);
  }
};

const steer =
  (kind: "enable" | "disable" | "reset"): Answerer =>
  async (source, { parameters: { name = "" } }) =>
    resultAnswer(await source.command({ kind, backend: name }));

/** What every endpoint but the WebSocket answers, by its id. */
export const answerers: Readonly<Record<string, Answerer>> = {
  healthz: () => ({ status: 200, type: plain, body: "ok\n" }),
  readyz: (source) => {
    const { role, ready, draining } = source.snapshot().status;
    if (ready) return { status: 200, type: plain, body: "ready\n" };
    const reason = draining || role === "server" ? "draining" : "no backend is up";
    return { status: 503, type: plain, body: `not ready: ${reason}\n` };
  },
  metrics: async (source) => ({
    status: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    body: await source.metrics(),
  }),
  proxyPac: (source, { host }) => ({
    status: 200,
    type: "application/x-ns-proxy-autoconfig",
    body: source.proxyPac(host) ?? "",
  }),
  status: (source) => json(source.snapshot().status),
  backends: (source) => json(source.snapshot().backends),
  backend: (source, { parameters: { name = "" } }) => {
    const view = source.backend(name);
    if (view !== undefined) return json(view);
    return errorAnswer(404, unknownBackend(name, source.snapshot().backends));
  },
  enable: steer("enable"),
  disable: steer("disable"),
  reset: steer("reset"),
  protocol: async (source, { parameters: { name = "" }, body }) => {
    const asked = protocolRequestSchema.safeParse(body);
    if (!asked.success) {
      return errorAnswer(400, 'the body must be {"protocol": "auto" | "quic" | "http2" | "webtransport"}');
    }
    const { protocol } = asked.data;
    return resultAnswer(await source.command({ kind: "switch_protocol", backend: name, protocol }));
  },
  tunnels: (source) => json(source.tunnels()),
  closeTunnel: async (source, { parameters: { id = "" } }) =>
    resultAnswer(await source.command({ kind: "close_tunnel", id })),
  explain: async (source, { query: { target = "" } }) =>
    resultAnswer(await source.command({ kind: "explain", target })),
  reload: async (source) => resultAnswer(await source.command({ kind: "reload" })),
  openapi: () => json(openApiDocument()),
};

/** The end of a sentence that tells which ones there are. */
export const unknownBackend = (name: string, backends: readonly { readonly name: string }[]): string => {
  const names = backends.slice(0, 20).map((backend) => backend.name);
  return `no backend is called "${name}"; there are ${names.join(", ")}`;
};
