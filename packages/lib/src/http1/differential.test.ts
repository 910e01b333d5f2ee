// Two readings of one message are what smuggling lives on: what our parser accepts, Node's own strict parser must
// read in the same way, or refuse.
import assert from "node:assert/strict";
import http from "node:http";
import { duplexPair } from "node:stream";
import { after, test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import { type BodyFraming, requestBodyFraming, responseBodyFraming } from "./body-framing.ts";
import { ChunkScanner } from "./chunk-scanner.ts";
import type { Fields } from "./fields.ts";
import { type HeadGrammar, HeadParser } from "./head-parser.ts";
import { messages } from "./message-arbitraries.ts";
import { requestHeads } from "./request-head.ts";
import { parseRequestTarget } from "./request-target.ts";
import { responseHeads } from "./response-head.ts";

interface Reading {
  /** Method and target of a request, status of a response. */
  readonly start: unknown;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly body: string;
}

const flat = ({ names, values }: Fields): string[] => names.flatMap((name, at) => [name, values[at]!]);

/** All messages that we read from `bytes`, up to the first fault, an incomplete one, or the connection's end. */
const readAll = <Head extends { readonly fields: Fields }>(
  bytes: Buffer,
  grammar: HeadGrammar<Head>,
  startOf: (head: Head) => unknown,
  framingOf: (head: Head) => BodyFraming,
): Reading[] => {
  const readings: Reading[] = [];
  try {
    const parser = new HeadParser(grammar);
    for (let at = 0; at < bytes.length; ) {
      at = parser.feed(bytes, at);
      if (at < 0) break;
      const head = parser.take();
      const [body, next] = readBody(bytes, at, framingOf(head));
      if (next < 0) break;
      readings.push({ start: startOf(head), fields: flat(head.fields), body });
      at = next;
    }
  } catch (error) {
    assert.ok(error instanceof ProxyError);
  }
  return readings;
};

const readBody = (bytes: Buffer, from: number, framing: BodyFraming): [body: string, next: number] => {
  if (framing === "until-close") return [bytes.toString("latin1", from), bytes.length];
  if (framing !== "chunked") {
    const end = from + framing;
    return [bytes.toString("latin1", from, end), end <= bytes.length ? end : -1];
  }
  let body = "";
  const scanner = new ChunkScanner("BAD_REQUEST", (chunk, start, end) => {
    body += Buffer.from(chunk.subarray(start, end)).toString("latin1");
  });
  const end = scanner.scan(bytes, from);
  return [body, scanner.done ? end : -1];
};

const server = http.createServer({ insecureHTTPParser: false, requireHostHeader: false });
// Not to be hurried by the end of what it reads.
Object.assign(server, { httpAllowHalfOpen: true });
after(() => server.close());

/** What Node's server reads from the same bytes. */
const nodeRequests = (bytes: Buffer): Promise<Reading[]> => {
  const { promise, resolve } = Promise.withResolvers<Reading[]>();
  const readings: Reading[] = [];
  const [near, far] = duplexPair();
  const finish = () => {
    resolve(readings);
    near.destroy();
    far.destroy();
  };
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse) => {
    let body = "";
    request.setEncoding("latin1").on("data", (text: string) => {
      body += text;
    });
    request.on("error", () => {});
    request.on("end", () => {
      const { method = "", url = "" } = request;
      readings.push({ start: [method, targetOf(method, url)], fields: request.rawHeaders, body });
      response.end();
    });
  };
  server.removeAllListeners();
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  server.on("upgrade", finish);
  server.on("connect", finish);
  // What was read before the fault is told by events that are already under way.
  server.on("clientError", () => setImmediate(finish));
  near.on("error", () => {});
  near.on("close", finish);
  near.on("end", finish);
  // @ts-expect-error: the connection listener takes any duplex, which @types/node does not say
  http._connectionListener.call(server, far);
  near.resume();
  near.end(bytes);
  return promise;
};

const targetOf = (method: string, url: string): unknown => {
  try {
    return parseRequestTarget(method, url);
  } catch {
    return "another reading";
  }
};

/** What Node's client reads as the answer to a request. */
const nodeResponse = (bytes: Buffer, method: string): Promise<Reading | undefined> => {
  const { promise, resolve } = Promise.withResolvers<Reading | undefined>();
  const [near, far] = duplexPair();
  const request = http.request({ method, createConnection: () => near });
  const fail = () => resolve(undefined);
  request.on("error", fail);
  request.on("upgrade", fail);
  request.on("close", fail);
  request.on("response", (response) => {
    let body = "";
    response.setEncoding("latin1").on("data", (text: string) => {
      body += text;
    });
    response.on("error", fail);
    response.on("end", () => {
      if (!response.complete) return fail();
      resolve({ start: response.statusCode, fields: response.rawHeaders, body });
    });
  });
  request.end();
  far.resume();
  far.on("error", () => {});
  far.end(bytes);
  return promise.finally(() => {
    near.destroy();
    far.destroy();
  });
};

const requestLine = fc.constantFrom(
  "GET http://h/ HTTP/1.1",
  "POST http://h/a?b HTTP/1.1",
  "POST http://u@h:81 HTTP/1.0",
  "HEAD /x HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "PUT http://h/#f HTTP/1.1",
  "GET  http://h/ HTTP/1.1",
  "GET http://h/\t HTTP/1.1",
  "GET http://h/ HTTP/1.2",
  "GET http://h/",
  "\r\nGET http://h/ HTTP/1.1",
);

test("requests that we accept have one reading", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(messages(requestLine), { minLength: 1, maxLength: 3 }), async (texts) => {
      const bytes = Buffer.from(texts.join(""), "latin1");
      const startOf = (head: { method: string; target: unknown }) => [head.method, head.target];
      const ours = readAll(bytes, requestHeads, startOf, requestBodyFraming);
      if (ours.length === 0) return;
      const theirs = await nodeRequests(bytes);
      const common = Math.min(ours.length, theirs.length);
      assert.deepEqual(ours.slice(0, common), theirs.slice(0, common));
      compared += common;
    }),
    fuzzing("http1-requests-two-readings"),
  );
  assert.ok(compared > 100, `${compared} requests were read by both`);
});

const statusLine = fc.constantFrom(
  "HTTP/1.1 200 OK",
  "HTTP/1.1 200",
  "HTTP/1.0 200 OK",
  "HTTP/1.1 204 No Content",
  "HTTP/1.1 304 Not Modified",
  "HTTP/1.1 404 \u00e9",
  "HTTP/1.1  200 OK",
  "HTTP/1.1 099 Odd",
  "HTTP/1.1 999 Odd",
);

test("responses that we accept have one reading", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(messages(statusLine), fc.constantFrom("GET", "HEAD"), async (text, method) => {
      const bytes = Buffer.from(text, "latin1");
      const [ours] = readAll(
        bytes,
        responseHeads,
        (head) => head.status,
        (head) => responseBodyFraming(head, method),
      );
      if (ours === undefined) return;
      const theirs = await nodeResponse(bytes, method);
      if (theirs === undefined) return;
      assert.deepEqual(ours, theirs);
      compared++;
    }),
    fuzzing("http1-responses-two-readings"),
  );
  assert.ok(compared > 50, `${compared} responses were read by both`);
});
