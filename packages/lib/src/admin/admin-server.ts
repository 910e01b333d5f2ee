import type { AddressInfo } from "node:net";
import websocket from "@fastify/websocket";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { formatListenAddress, type ListenAddress } from "../config/listen-address.ts";
import { isLoopback } from "../config/networks.ts";
import { judgeRequest } from "./admin-gate.ts";
import { type AdminAnswer, answerers, errorAnswer } from "./answers.ts";
import { AnswersInTurn } from "./answers-in-turn.ts";
import type { ControlSource } from "./control.ts";
import { type Endpoint, endpoints } from "./endpoints.ts";
import { EventStream } from "./event-stream.ts";
import { hearInPieces } from "./hear-in-pieces.ts";

export interface AdminOptions {
  readonly address: ListenAddress;
  /** Asked for where it is set; it must be beyond loopback. */
  readonly token: string | undefined;
  readonly role: "client" | "server";
  /** A request failed by our own fault. */
  readonly failed: (error: unknown) => void;
}

export interface AdminServer {
  /** `ip:port` as bound. */
  readonly address: string;
  /** A reload may change it. */
  token: string | undefined;
  /** Stops at once: requests that run are cut, WebSockets are closed. */
  close(): Promise<void>;
}

const noSchema = () => (): never => {
  throw new Error("no route of the admin API has a schema of fastify's");
};
/** Fastify would load ajv and a compiler of serialisers at start, for schemas that no route has. */
const withoutSchemas = { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } };

/** Requests are small; a body is a protocol's name. */
const bodyLimit = 16 * 1024;
const mostReaders = 64;

/**
 * Serves the admin API of a control source.
 * @throws what binding throws.
 */
export const startAdminServer = async (
  source: ControlSource,
  options: AdminOptions,
): Promise<AdminServer> => {
  const server = new Admin(source, options);
  await server.listen();
  return server;
};

class Admin implements AdminServer {
  token: string | undefined;
  readonly #source: ControlSource;
  readonly #options: AdminOptions;
  readonly #events: EventStream;
  readonly #loopback: boolean;
  readonly #app: FastifyInstance;
  readonly #turns = new AnswersInTurn();

  constructor(source: ControlSource, options: AdminOptions) {
    this.#source = source;
    this.#options = options;
    this.token = options.token;
    this.#events = new EventStream(source);
    this.#loopback = isLoopback(options.address.host);
    if (!this.#loopback && options.token === undefined) throw new Error("metric_token is required");
    this.#app = fastify({
      logger: false,
      bodyLimit,
      forceCloseConnections: true,
      routerOptions: { maxParamLength: 512 },
      schemaController: withoutSchemas,
      http: { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 },
      frameworkErrors: (error, _request, reply) => void this.#send(reply, this.#failure(error)),
    });
  }

  get address(): string {
    const { address, port } = this.#app.server.address() as AddressInfo;
    return formatListenAddress({ host: address, port });
  }

  async listen(): Promise<void> {
    const app = this.#app;
    app.server.on("connection", hearInPieces);
    app.removeContentTypeParser("text/plain");
    await app.register(websocket, { options: { maxPayload: 1024 } });
    app.addHook("onRequest", (request, reply, next) => {
      const { socket } = request.raw;
      if (!this.#turns.enter(socket)) {
        reply.hijack();
        socket.destroy();
        return;
      }
      const rejection = judgeRequest(gateRequest(request), { loopback: this.#loopback, token: this.token });
      if (rejection === undefined) return next();
      if (rejection.status === 401) void reply.header("WWW-Authenticate", "Bearer");
      void this.#send(reply, errorAnswer(rejection.status, rejection.error));
    });
    app.addHook("onResponse", (request, _reply, done) => {
      this.#turns.leave(request.raw.socket);
      done();
    });
    app.setErrorHandler((error, _request, reply) => this.#send(reply, this.#failure(error)));
    app.setNotFoundHandler((request, reply) => this.#send(reply, this.#notFound(request)));
    for (const endpoint of endpoints) {
      if (!this.#has(endpoint)) continue;
      if (endpoint.id === "events") this.#serveEvents(endpoint);
      else this.#serve(endpoint);
    }
    const { host, port } = this.#options.address;
    await app.listen({ host, port });
  }

  async close(): Promise<void> {
    for (const socket of this.#app.websocketServer.clients) socket.terminate();
    await this.#app.close();
  }

  #serve({ id, method, path, open }: Endpoint): void {
    const answer = answerers[id]!;
    this.#app.route({
      method,
      url: path,
      config: { open: open === true },
      handler: async (request, reply) => {
        const asked = {
          parameters: request.params as Record<string, string>,
          query: request.query as Record<string, string | undefined>,
          body: request.body,
          host: request.hostname,
        };
        return this.#send(reply, await answer(this.#source, asked));
      },
    });
  }

  #serveEvents({ path }: Endpoint): void {
    this.#app.route({
      method: "GET",
      url: path,
      websocket: true,
      preValidation: (request, reply, next) => {
        if (!request.ws) void this.#send(reply, errorAnswer(426, "this is a WebSocket"));
        else if (this.#events.readers >= mostReaders)
          void this.#send(reply, errorAnswer(503, "too many readers of events"));
        else next();
      },
      handler: (socket, request) => {
        const { tunnels } = request.query as { readonly tunnels?: string };
        const leave = (): void => this.#events.remove(socket);
        socket.on("close", leave);
        socket.on("error", leave);
        this.#events.add(socket, Number(tunnels) || 0);
      },
    });
  }

  #send(reply: FastifyReply, { status, type, body }: AdminAnswer): FastifyReply {
    void reply.code(status).header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
    if (body === undefined) return reply.send();
    if (type !== undefined) return reply.type(type).send(body);
    return reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
  }

  /** Another method of a path that exists is told so. */
  #notFound({ method, url }: FastifyRequest): AdminAnswer {
    const path = url.split("?", 1)[0]!;
    const others = endpoints.filter((endpoint) => this.#has(endpoint) && fits(endpoint.path, path));
    if (others.length === 0)
      return errorAnswer(404, `there is no ${path}; /api/v1/openapi.json tells what there is`);
    return errorAnswer(405, `${path} takes ${others.map((other) => other.method).join(", ")}, not ${method}`);
  }

  #has({ clientOnly }: Endpoint): boolean {
    return !clientOnly || this.#options.role === "client";
  }

  #failure(error: unknown): AdminAnswer {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string };
    if (statusCode < 500) return errorAnswer(statusCode, sentences[statusCode] ?? message);
    this.#options.failed(error);
    return errorAnswer(500, "octoproxy failed by its own fault; its log says how");
  }
}

const sentences: Readonly<Record<number, string>> = {
  413: `the body is too large: at most ${bodyLimit} bytes`,
  415: "the body must be JSON: send Content-Type: application/json",
};

const gateRequest = ({ headers, routeOptions }: FastifyRequest) => ({
  host: headers.host,
  origin: headers.origin,
  fetchSite: headers["sec-fetch-site"] as string | undefined,
  authorization: headers.authorization,
  open: (routeOptions.config as { open?: boolean }).open === true,
});

const fits = (known: string, path: string): boolean =>
  new RegExp(`^${known.replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`).test(path);
