import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { fuzzing } from "../testing/fuzzing.ts";
import { type AdminServer, startAdminServer } from "./admin-server.ts";
import { endpoints } from "./endpoints.ts";
import { eventMessageSchema } from "./event-schemas.ts";
import type { ExplainView } from "./explain-schema.ts";
import { FakeSource } from "./fake-source.fixture.ts";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: () => unknown;
}

const open: AdminServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const start = async (options: { token?: string; host?: string; role?: "client" | "server" } = {}) => {
  const source = new FakeSource();
  const failures: unknown[] = [];
  const admin = await startAdminServer(source, {
    address: { host: options.host ?? "127.0.0.1", port: 0 },
    token: options.token,
    role: options.role ?? "client",
    failed: (error) => failures.push(error),
  });
  open.push(admin);
  const port = Number(admin.address.split(":").at(-1));
  const ask = (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, method, path, headers, agent: false };
      const asking = request(options, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => {
          const type = response.headers["content-type"] ?? "";
          resolve({ status: response.statusCode ?? 0, type, text, json: () => JSON.parse(text) });
        });
      });
      asking.on("error", reject);
      asking.end(body);
    });
  return { source, failures, admin, port, ask };
};

const sentence = (answer: Answer): string => (answer.json() as { error: string }).error;

test("every call answers what its schema says", async () => {
  const { ask, source } = await start();
  const paths: Record<string, string> = {
    backend: "/api/v1/backends/tokyo",
    explain: "/api/v1/explain?target=db.example:443",
  };
  for (const { id, method, path, answers } of endpoints) {
    const expected = answers[200];
    if (expected === undefined || method !== "GET") continue;
    if (id === "explain") source.result = { kind: "explained", explanation };
    const answer = await ask("GET", paths[id] ?? path);
    assert.equal(answer.status, 200, id);
    if (typeof expected === "string") assert.equal(answer.type, expected, id);
    else assert.deepEqual(expected.parse(answer.json()), answer.json(), id);
  }
});

const explanation: ExplainView = {
  target: "db.example:443",
  rewritten: null,
  rule: null,
  rules: 0,
  route: "balance",
  balance: "first",
  candidates: [],
  picked: null,
  result: "nobody",
  live: true,
};

test("backends are steered by name, also by names that need escapes", async () => {
  const { ask, source } = await start();
  source.result = { kind: "backend", backend: source.backends[0]! };
  for (const kind of ["enable", "disable", "reset"] as const) {
    const answer = await ask("POST", `/api/v1/backends/a%20b%2Fc/${kind}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(source.commands.at(-1), { kind, backend: "a b/c" });
  }
  const json = { "Content-Type": "application/json" };
  const put = await ask("PUT", "/api/v1/backends/tokyo/protocol", json, '{"protocol":"http2"}');
  assert.equal(put.status, 200);
  assert.deepEqual(source.commands.at(-1), { kind: "switch_protocol", backend: "tokyo", protocol: "http2" });
});

test("what makes no sense is answered with one sentence, and changes nothing", async () => {
  const { ask, source } = await start();
  const json = { "Content-Type": "application/json" };
  const protocol = "/api/v1/backends/tokyo/protocol";
  const cases: [string, string, Record<string, string>, string | undefined, number][] = [
    ["PUT", protocol, json, '{"protocol":"smoke"}', 400],
    ["PUT", protocol, json, '{"protocol":"http2","more":1}', 400],
    ["PUT", protocol, json, "[]", 400],
    ["PUT", protocol, json, "{", 400],
    ["PUT", protocol, json, "", 400],
    ["PUT", protocol, {}, undefined, 400],
    ["PUT", protocol, { "Content-Type": "text/plain" }, '{"protocol":"http2"}', 415],
    ["PUT", protocol, json, `{"protocol":"${"x".repeat(20_000)}"}`, 413],
    ["GET", "/api/v1/backends/paris", {}, undefined, 404],
    ["GET", "/api/v1/backends/%1b%5b2J", {}, undefined, 404],
    ["GET", "/nothing", {}, undefined, 404],
    ["GET", "/api/v1/reload", {}, undefined, 405],
    ["GET", "/api/v1/events", {}, undefined, 426],
    ["GET", "/%", {}, undefined, 400],
  ];
  for (const [method, path, headers, body, status] of cases) {
    const answer = await ask(method, path, headers, body);
    assert.equal(answer.status, status, `${method} ${path} ${body}`);
    assert.match(sentence(answer), /^[^\u0000-\u001f\u007f-\u009f]+\.$/, `${method} ${path}`);
  }
  assert.deepEqual(source.commands, []);
  assert.match(sentence(await ask("GET", "/api/v1/backends/paris")), /there are tokyo, osaka/);
});

test("a refused reload is 409 with its faults", async () => {
  const { ask, source } = await start();
  const fault = {
    file: "client.toml",
    line: 12,
    column: 1,
    key: "backends.tokyo.adress",
    message: "unknown key",
  };
  source.result = { kind: "refused", message: "the configuration is wrong", faults: [fault] };
  const answer = await ask("POST", "/api/v1/reload");
  assert.equal(answer.status, 409);
  assert.deepEqual(answer.json(), { error: "the configuration is wrong.", faults: [fault] });
});

test("readiness follows the source, life does not", async () => {
  const { ask, source } = await start();
  source.status = { ...source.status, ready: false };
  assert.equal((await ask("GET", "/readyz")).status, 503);
  assert.equal((await ask("GET", "/healthz")).status, 200);
});

test("a server has no backends", async () => {
  const { ask } = await start({ role: "server" });
  assert.equal((await ask("GET", "/api/v1/backends")).status, 404);
  assert.equal((await ask("GET", "/proxy.pac")).status, 404);
  assert.equal((await ask("GET", "/api/v1/status")).status, 200);
});

test("a failure of our own is 500 without its words, and is told to the daemon", async () => {
  const { ask, source, failures } = await start();
  source.snapshot = () => {
    throw new Error("secret");
  };
  const answer = await ask("GET", "/api/v1/status");
  assert.equal(answer.status, 500);
  assert.doesNotMatch(answer.text, /secret/);
  assert.equal(failures.length, 1);
});

test("with a token, only the open calls do without it", async () => {
  const token = "0123456789abcdef";
  const { ask, source } = await start({ token });
  for (const { id, method, path, open: isOpen } of endpoints) {
    if (id === "events") continue;
    const answer = await ask(method, path.replace(/:\w+/, "tokyo"));
    if (isOpen) assert.notEqual(answer.status, 401, id);
    else assert.equal(answer.status, 401, id);
  }
  assert.deepEqual(source.commands, []);
  for (const wrong of [
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Basic ${token}`,
    "Bearer",
    "Bearer ",
  ]) {
    assert.equal((await ask("GET", "/metrics", { Authorization: wrong })).status, 401, wrong);
  }
  assert.equal((await ask("GET", "/metrics", { Authorization: `Bearer ${token}` })).status, 200);
});

test("beyond loopback there is no admin API without a token", async () => {
  await assert.rejects(start({ host: "0.0.0.0" }), /metric_token/);
  const { ask } = await start({ host: "0.0.0.0", token: "0123456789abcdef" });
  assert.equal((await ask("GET", "/healthz", { Host: "proxy.example" })).status, 200);
  assert.equal((await ask("GET", "/api/v1/status", { Host: "proxy.example" })).status, 401);
});

const messages = async function* (socket: WebSocket): AsyncGenerator<unknown> {
  const queue: unknown[] = [];
  let wake = (): void => undefined;
  socket.addEventListener("message", ({ data }) => {
    queue.push(JSON.parse(String(data)));
    wake();
  });
  for (;;) {
    while (queue.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    yield queue.shift();
  }
};

test("the WebSocket begins with a snapshot, sends more of them, and events between them", async () => {
  const { source, port } = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/events?tunnels=2`);
  const stream = messages(socket);
  const first = eventMessageSchema.parse((await stream.next()).value);
  assert.equal(first.type === "snapshot" && first.tunnels.length, 2);
  source.tell({ type: "drain", at: source.snapshot().at, level: "info", message: "draining" });
  assert.equal(eventMessageSchema.parse((await stream.next()).value).type, "drain");
  assert.equal(eventMessageSchema.parse((await stream.next()).value).type, "snapshot");
  socket.close();
  await once(socket, "close");
  while (source.listeners.size > 0) await new Promise(setImmediate);
});

test("a foreign page gets no WebSocket", async () => {
  const { port, source } = await start();
  const socket = connect(port, "127.0.0.1");
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const head = [`GET /api/v1/events HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Origin: http://evil.example"];
  socket.write(`${[...head, ...upgrade, key].join("\r\n")}\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 403 /);
  assert.equal(source.listeners.size, 0);
  socket.destroy();
});

test("silent and dribbling sockets are let go, and closing does not wait for them", async () => {
  const { port, ask } = await start();
  const silent = connect(port, "127.0.0.1");
  const dribbling = connect(port, "127.0.0.1");
  await Promise.all([once(silent, "connect"), once(dribbling, "connect")]);
  dribbling.write("GET / HT");
  silent.on("error", () => undefined).resume();
  dribbling.on("error", () => undefined).resume();
  assert.equal((await ask("GET", "/healthz")).status, 200);
  await Promise.all([once(silent, "close"), once(dribbling, "close")]);
});

test("any path and any body are answered: with what they ask for, or with one sentence", async () => {
  const { ask, failures } = await start();
  const paths = fc.oneof(
    fc.constantFrom(...endpoints.map(({ path }) => path.replace(":name", "tokyo").replace(":id", "1"))),
    fc.webPath().map((path) => `/${path}`),
    fc.webQueryParameters().map((query) => `/api/v1/explain?${query}`),
    fc
      .string({ unit: "grapheme-ascii", maxLength: 30 })
      .map((name) => `/api/v1/backends/${encodeURIComponent(name)}`),
    fc.constant("/api/v1/backends/tokyo/protocol"),
  );
  const bodies = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      '{"protocol":"http2"}',
      '{"protocol":"http2","__proto__":{}}',
      "{",
      '"',
      "[".repeat(2000),
    ),
  );
  const methods = fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
  const types = fc.constantFrom(
    "application/json",
    "application/json; charset=utf-8",
    " application/json",
    "text/plain",
    "x",
  );
  await fc.assert(
    fc.asyncProperty(methods, paths, types, bodies, async (method, path, type, body) => {
      const length = String(Buffer.byteLength(body));
      const answer = await ask(method, path, { "Content-Type": type, "Content-Length": length }, body);
      assert.ok(answer.status < 500 || path.startsWith("/readyz"), `${answer.status} ${answer.text}`);
      if (answer.status >= 400 && answer.type.startsWith("application/json")) sentence(answer);
    }),
    fuzzing("admin-api"),
  );
  assert.deepEqual(failures, []);
});
