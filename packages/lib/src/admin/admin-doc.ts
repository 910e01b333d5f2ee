import { z } from "zod";
import { endpoints } from "./endpoints.ts";
import * as events from "./event-schemas.ts";
import { explainViewSchema } from "./explain-schema.ts";
import * as views from "./schemas.ts";

/** `doc/admin-api.md` with the tables that the endpoints and schemas say, everything else as it was. */
export const withAdminTables = (page: string): string =>
  page.replace(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${tableOf(name)}\n\n${end}`,
  );

const schemas: Readonly<Record<string, z.ZodType>> = {
  Status: views.statusViewSchema,
  Backend: views.backendViewSchema,
  Tunnel: views.tunnelViewSchema,
  Fault: views.faultSchema,
  Explanation: explainViewSchema,
  SnapshotEvent: events.snapshotEventSchema,
  BackendEvent: events.backendEventSchema,
  ErrorEvent: events.errorEventSchema,
  ReloadEvent: events.reloadEventSchema,
  DrainEvent: events.drainEventSchema,
};

const tableOf = (name: string): string => {
  if (name === "calls") return callTable();
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`doc/admin-api.md asks for a table "${name}"`);
  const { $defs = {} } = z.toJSONSchema(schema) as JsonSchema;
  const rows = fieldRows($defs[name] ?? {}, "");
  return ["| field | type | |", "| --- | --- | --- |", ...rows].join("\n");
};

const callTable = (): string => {
  const rows = endpoints.map(({ method, path, summary, clientOnly, open, query = {} }) => {
    const marks = [clientOnly ? "client" : "", open ? "no token" : ""].filter(Boolean).join(", ");
    const names = Object.keys(query).map((name) => `${name}=…`);
    const shown = names.length === 0 ? path : `${path}?${names.join("&")}`;
    const parameters = Object.entries(query).map(
      ([name, text]) => ` \`${name}\`: ${text.replace(/\.?$/, ".")}`,
    );
    return `| \`${method} ${shown}\` | ${marks} | ${summary}${parameters.join("")} |`;
  });
  return ["| call | | |", "| --- | --- | --- |", ...rows].join("\n");
};

interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

const fieldRows = (schema: JsonSchema, prefix: string): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.anyOf?.find((one) => one.properties !== undefined) ?? field.items ?? field;
    const row = `| \`${prefix}${name}\` | ${typeName(field)} | ${field.description ?? ""} |`;
    return [row, ...fieldRows(inner, `${prefix}${name}.`)];
  });

const typeName = (schema: JsonSchema): string => {
  const { $ref, type, format, enum: words, const: only, items, anyOf, additionalProperties } = schema;
  const name = $ref?.split("/").at(-1);
  if (name !== undefined) return name;
  if (anyOf !== undefined) return anyOf.map(typeName).join(" or ");
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (words !== undefined) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (items !== undefined) return `list of ${typeName(items)}`;
  if (typeof additionalProperties === "object") return `${typeName(additionalProperties)} by name`;
  if (format === "date-time") return "time";
  return [type ?? "anything"].flat().join(" or ");
};
