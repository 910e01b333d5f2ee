import { z } from "zod";
import { version } from "../version.ts";
import { type Endpoint, endpoints } from "./endpoints.ts";
import { eventMessageSchema } from "./event-schemas.ts";
import { errorSchema } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

const anywhere: Endpoint["answers"] = { 401: errorSchema, 403: errorSchema };

/** The admin API as an OpenAPI 3.1 document; its schemas are those that the daemons answer by. */
export const openApiDocument = (): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "octoproxy admin API",
      version,
      description: "Served on `metric_address`. A server has the calls that are not marked as a client's.",
    },
    components: {
      schemas: sharedSchemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "`metric_token`" } },
    },
    paths,
  };
};

const operationOf = (endpoint: Endpoint): Json => {
  const { id, path, summary, clientOnly, open, query = {}, body } = endpoint;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const answers = open ? endpoint.answers : { ...endpoint.answers, ...anywhere };
  return {
    operationId: id,
    summary,
    tags: [clientOnly ? "client" : "client and server"],
    ...(open ? {} : { security: [{ token: [] }, {}] }),
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...Object.entries(query).map(([name, description]) => ({
        name,
        in: "query",
        description,
        schema: { type: "string" },
      })),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, responseOf(status, answer)]),
    ),
  };
};

const reasons: Readonly<Record<string, string>> = {
  101: "The connection becomes a WebSocket; each message is an `Event`.",
  400: "The request makes no sense; the error says why.",
  401: "The token is missing or wrong.",
  403: "The request comes from a web page, or asks for another host.",
  404: "Nothing of that name.",
  409: "Refused; nothing was changed.",
};

const responseOf = (status: string, answer: z.ZodType | string): Json => {
  const description = reasons[status] ?? "As asked for.";
  if (answer === "") return { description };
  if (typeof answer === "string")
    return { description, content: { [answer]: { schema: { type: "string" } } } };
  return { description, content: { "application/json": { schema: schemaOf(answer) } } };
};

/** Every named schema. Fields may be added to answers, so they are open; the request's body is not. */
const sharedSchemas = (): Json => {
  const bodies = endpoints.flatMap(({ answers, body }) => [...Object.values(answers), body]);
  const schemas = [eventMessageSchema, ...bodies].filter((schema) => schema instanceof z.ZodType);
  return Object.assign({}, ...schemas.map((schema) => jsonSchema(schema).$defs));
};

const schemaOf = (schema: z.ZodType): Json => {
  const { $defs: _, ...own } = jsonSchema(schema);
  return own;
};

const jsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io: "input" });
  return JSON.parse(JSON.stringify(own).replaceAll('"#/$defs/', '"#/components/schemas/'));
};
