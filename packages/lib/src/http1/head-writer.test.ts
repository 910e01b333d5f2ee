import assert from "node:assert/strict";
import { test } from "node:test";
import { requestBodyFraming, responseBodyFraming } from "./body-framing.ts";
import { HeadParser } from "./head-parser.ts";
import { hasPassed, writeRequestHead, writeResponseHead } from "./head-writer.ts";
import { requestHeads } from "./request-head.ts";
import { responseHeads } from "./response-head.ts";

const rewrite = (text: string, upgrade?: string): string => {
  const parser = new HeadParser(requestHeads);
  parser.feed(Buffer.from(text, "latin1"), 0);
  const head = parser.take();
  if (head.target.form !== "absolute") throw new Error("absolute-form expected");
  const framing = requestBodyFraming(head);
  return writeRequestHead(head, { ...head.target, framing, pseudonym: "octoproxy-1", upgrade });
};

const rewriteResponse = (text: string, method = "GET", close = false): string => {
  const parser = new HeadParser(responseHeads);
  parser.feed(Buffer.from(text, "latin1"), 0);
  const head = parser.take();
  const framing = responseBodyFraming(head, method);
  const written = framing === 0 ? "as-declared" : framing;
  return writeResponseHead(head, { framing: written, pseudonym: "octoproxy-1", close });
};

test("a request is built anew: origin-form, Host by the URI, Via, nothing that belongs to the hop", () => {
  const text = rewrite(
    "POST http://user:secret@h.example:8080/p?q#frag HTTP/1.1\r\nHost: other.example\r\nAccept: */*\r\n" +
      "Proxy-Authorization: Basic c2VjcmV0\r\nProxy-Connection: keep-alive\r\nKeep-Alive: 5\r\nTE: trailers\r\n" +
      "Connection: close, X-Hop , Keep-Alive\r\nx-hop: 1\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n" +
      "Via: 1.0 before\r\nContent-Length: 3\r\nX-Keep: a\r\nx-keep: b\r\n\r\n",
  );
  assert.equal(
    text,
    "POST /p?q HTTP/1.1\r\nHost: h.example:8080\r\nAccept: */*\r\nX-Keep: a\r\nx-keep: b\r\n" +
      "Via: 1.0 before, 1.1 octoproxy-1\r\nContent-Length: 3\r\n\r\n",
  );
});

test("Connection cannot nominate away what frames and routes", () => {
  assert.equal(
    rewrite(
      "POST http://h/ HTTP/1.1\r\nHost: h\r\nConnection: host, content-length\r\nContent-Length: 3\r\n\r\n",
    ),
    "POST / HTTP/1.1\r\nHost: h\r\nVia: 1.1 octoproxy-1\r\nContent-Length: 3\r\n\r\n",
  );
});

test("a length of 0 is said where the request said it, chunks are announced, upgrades are asked anew", () => {
  assert.match(
    rewrite("POST http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
    /Content-Length: 0\r\n/,
  );
  assert.doesNotMatch(rewrite("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"), /Content-Length/);
  assert.match(
    rewrite("POST http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"),
    /\r\nTransfer-Encoding: chunked\r\n\r\n$/,
  );
  assert.match(
    rewrite(
      "GET http://[::1]/ HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "websocket",
    ),
    /^GET \/ HTTP\/1\.1\r\nHost: \[::1\]\r\nVia: 1.1 octoproxy-1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/,
  );
});

test("a response is built anew", () => {
  assert.equal(
    rewriteResponse(
      "HTTP/1.0 200 Fine\r\nConnection: x-hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\n__proto__: x\r\n" +
        "Content-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
    ),
    "HTTP/1.1 200 Fine\r\n__proto__: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nVia: 1.0 octoproxy-1\r\n" +
      "Content-Length: 5\r\n\r\n",
  );
  assert.match(rewriteResponse("HTTP/1.1 200 OK\r\n\r\n", "GET", true), /\r\nConnection: close\r\n\r\n$/);
});

test("answers without a body keep the length that they declare, where they may have one", () => {
  const declared = (status: number, method: string): boolean =>
    rewriteResponse(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\n`, method).includes(
      "Content-Length: 5",
    );
  assert.equal(declared(200, "HEAD"), true);
  assert.equal(declared(304, "GET"), true);
  assert.equal(declared(204, "GET"), false);
  assert.equal(declared(103, "GET"), false);
  assert.match(rewriteResponse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), /Content-Length: 0\r\n/);
});

test("a loop is seen by our own name in Via, not by another's", () => {
  assert.equal(hasPassed("1.1 a, 1.1 octoproxy-1 (x)", "octoproxy-1"), true);
  assert.equal(hasPassed("1.1 octoproxy-11", "octoproxy-1"), false);
  assert.equal(hasPassed(undefined, "octoproxy-1"), false);
});
