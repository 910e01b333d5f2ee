import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { z } from "zod";
import { endpoints } from "./endpoints.ts";
import { eventMessageSchema } from "./event-schemas.ts";
import { backendView, statusView, tunnelView } from "./fake-source.fixture.ts";
import { openApiDocument } from "./openapi.ts";
import { backendViewSchema, protocolRequestSchema, statusViewSchema, tunnelViewSchema } from "./schemas.ts";

interface Document {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const document = openApiDocument() as unknown as Document;

test("every call stands in the document with every status that it answers", () => {
  for (const { method, path, answers } of endpoints) {
    const operation = document.paths[path.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
    for (const status of Object.keys(answers))
      assert.ok(operation?.responses[status], `${method} ${path} ${status}`);
  }
  const calls = Object.values(document.paths).flatMap((operations) => Object.keys(operations));
  assert.equal(calls.length, endpoints.length);
});

test("every reference leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  assert.ok(references.length > 20);
  for (const [, name = ""] of references) assert.ok(document.components.schemas[name], name);
});

const at = "2026-11-24T14:02:11.512Z";
const snapshot = {
  type: "snapshot",
  at,
  status: statusView(),
  backends: [backendView("a")],
  tunnels: [tunnelView("1")],
};
const samples: readonly [string, z.ZodType, Readonly<Record<string, unknown>>][] = [
  ["Backend", backendViewSchema, backendView("tokyo")],
  ["Tunnel", tunnelViewSchema, tunnelView("1")],
  ["Status", statusViewSchema, statusView()],
  ["Event", eventMessageSchema, snapshot],
  ["Event", eventMessageSchema, { type: "drain", at, level: "info", message: "draining" }],
  ["ProtocolRequest", protocolRequestSchema, { protocol: "http2" }],
];

test("the document and the schemas accept and refuse the same", () => {
  const ajv = new Ajv2020({ validateFormats: false, strict: false });
  ajv.addSchema(document, "doc");
  for (const [name, schema, good] of samples) {
    const validate = ajv.getSchema(`doc#/components/schemas/${name}`);
    assert.ok(validate, name);
    const agree = (value: unknown, what: string): boolean => {
      const accepted = validate(value) === true;
      assert.equal(accepted, schema.safeParse(value).success, `${name} ${what}`);
      return accepted;
    };
    assert.equal(agree(good, "as it is"), true);
    for (const key of Object.keys(good)) {
      const { [key]: _, ...without } = good;
      assert.equal(agree(without, `without ${key}`), false);
      assert.equal(agree({ ...good, [key]: [[]] }, `with another ${key}`), false);
    }
  }
});
