import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../error/proxy-error.ts";
import { fuzzing } from "../testing/fuzzing.ts";
import { requestBodyFraming } from "./body-framing.ts";
import { HeadParser } from "./head-parser.ts";
import { type RequestHead, requestHeads } from "./request-head.ts";
import { responseHeads } from "./response-head.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** Reads one request as the proxy would, head and framing, from pieces of the given sizes. */
const read = (text: string, pieces: readonly Uint8Array[] = [bytes(text)]) => {
  const parser = new HeadParser(requestHeads);
  for (const piece of pieces) {
    const end = parser.feed(piece, 0);
    if (end < 0) continue;
    const head = parser.take();
    return { head, framing: requestBodyFraming(head), rest: piece.length - end };
  }
  return undefined;
};

const eachByte = (text: string): Uint8Array[] => [...bytes(text)].map((byte) => Uint8Array.of(byte));

const isBadRequest = (error: unknown): boolean => error instanceof ProxyError && error.code === "BAD_REQUEST";

const post = (fields: string, version = "1.1"): string =>
  `POST http://h/ HTTP/${version}\r\nHost: h\r\n${fields}\r\n`;

const hostile: Readonly<Record<string, string>> = {
  "both Transfer-Encoding and Content-Length": post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
  "Content-Length before Transfer-Encoding": post("Content-Length: 4\r\ntransfer-encoding: chunked\r\n"),
  "two Content-Length that differ": post("Content-Length: 4\r\nContent-Length: 5\r\n"),
  "two Content-Length that agree": post("Content-Length: 4\r\nContent-Length: 4\r\n"),
  "a list as Content-Length": post("Content-Length: 4, 4\r\n"),
  "a signed Content-Length": post("Content-Length: +4\r\n"),
  "a negative Content-Length": post("Content-Length: -1\r\n"),
  "a hexadecimal Content-Length": post("Content-Length: 0x4\r\n"),
  "an empty Content-Length": post("Content-Length:\r\n"),
  "a huge Content-Length": post("Content-Length: 99999999999999999999\r\n"),
  "a fractional Content-Length": post("Content-Length: 4.0\r\n"),
  "Transfer-Encoding: gzip, chunked": post("Transfer-Encoding: gzip, chunked\r\n"),
  "Transfer-Encoding: chunked, gzip": post("Transfer-Encoding: chunked, gzip\r\n"),
  "Transfer-Encoding: chunked, chunked": post("Transfer-Encoding: chunked, chunked\r\n"),
  "Transfer-Encoding: identity": post("Transfer-Encoding: identity\r\n"),
  "Transfer-Encoding: xchunked": post("Transfer-Encoding: xchunked\r\n"),
  "Transfer-Encoding with a parameter": post("Transfer-Encoding: chunked;q=1\r\n"),
  "an empty Transfer-Encoding": post("Transfer-Encoding:\r\n"),
  "two Transfer-Encoding": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
  "two Transfer-Encoding, one of them identity": post(
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
  ),
  "Transfer-Encoding on HTTP/1.0": post("Transfer-Encoding: chunked\r\n", "1.0"),
  "white space before the colon": post("Transfer-Encoding : chunked\r\n"),
  "white space before the name of the first field": "GET http://h/ HTTP/1.1\r\n Host: h\r\n\r\n",
  "a vertical tab in a framing field": post("Transfer-Encoding: \u000bchunked\r\n"),
  "a NUL in a value": post("X: a\0b\r\n"),
  "a DEL in a value": post("X: a\u007fb\r\n"),
  "a folded field": post("X: a\r\n b\r\n"),
  "a folded Transfer-Encoding": post("Transfer-Encoding:\r\n chunked\r\n"),
  "a bare line feed behind the request line": "GET http://h/ HTTP/1.1\nHost: h\r\n\r\n",
  "bare line feeds throughout": "GET http://h/ HTTP/1.1\nHost: h\n\n",
  "a bare line feed in a field": post("X: a\nTransfer-Encoding: chunked\r\n"),
  "a bare carriage return in a field": post("X: a\rTransfer-Encoding: chunked\r\n"),
  "two carriage returns": post("X: a\r\r\n"),
  "a line of nothing but white space": post(" \r\n"),
  "a field without a colon": post("X\r\n"),
  "a field without a name": post(": x\r\n"),
  "a name in quotes": post('"X": x\r\n'),
  "a name that is not ASCII": post("X\u00e9: x\r\n"),
  "HTTP/0.9": "GET http://h/\r\n\r\n",
  "HTTP/0.9 without an empty line": "GET http://h/\r\n",
  "HTTP/2 by prior knowledge": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "HTTP/1.2": "GET http://h/ HTTP/1.2\r\nHost: h\r\n\r\n",
  "HTTP/1.10": "GET http://h/ HTTP/1.10\r\nHost: h\r\n\r\n",
  "a version in small letters": "GET http://h/ http/1.1\r\nHost: h\r\n\r\n",
  "no version": "GET http://h/ \r\nHost: h\r\n\r\n",
  "two spaces in the request line": "GET  http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a space in the target": "GET http://h/a b HTTP/1.1\r\nHost: h\r\n\r\n",
  "a tab in the target": "GET http://h/a\tb HTTP/1.1\r\nHost: h\r\n\r\n",
  "a space behind the version": "GET http://h/ HTTP/1.1 \r\nHost: h\r\n\r\n",
  "a space before the method": " GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a method that is not a token": "G(T http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "TLS instead of HTTP": "\u0016\u0003\u0001\0\u00a5\u0001\0\0",
  "three empty lines before it": "\r\n\r\n\r\nGET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "two Hosts": "GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
  "no Host": "GET http://h/ HTTP/1.1\r\n\r\n",
  "a Host with a path": "GET http://h/ HTTP/1.1\r\nHost: h/x\r\n\r\n",
  "a Host with userinfo": "GET http://h/ HTTP/1.1\r\nHost: u@h\r\n\r\n",
  "a list of Hosts": "GET http://h/ HTTP/1.1\r\nHost: a, b\r\n\r\n",
  "two @ in the URI": "GET http://a@b@c/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a URI without a host": "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n",
  "a URI with a bad port": "GET http://h:99999/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a URI with a backslash in its host": "GET http://h\\@i/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "a URI of an unknown scheme without a port": "GET gopher://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "an asterisk with GET": "GET * HTTP/1.1\r\nHost: h\r\n\r\n",
  "CONNECT with a length": "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 4\r\n\r\n",
  "CONNECT with chunks": "CONNECT h:1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
  "CONNECT to a URI": "CONNECT http://h:80/ HTTP/1.1\r\nHost: h\r\n\r\n",
  "CONNECT with userinfo": "CONNECT u:p@h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
  "a line that is too long": `GET http://h/${"a".repeat(33_000)}`,
  "a head that is too long": post(
    "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(199) +
      `Y: ${"a".repeat(32_000)}\r\nZ: ${"a".repeat(32_000)}\r\n`,
  ),
  "too many fields": post("X: a\r\n".repeat(200)),
};

for (const [name, text] of Object.entries(hostile)) {
  test(`refused, whole and one byte a piece: ${name}`, () => {
    assert.throws(() => read(text), isBadRequest);
    assert.throws(() => read(text, eachByte(text)), isBadRequest);
  });
}

const good =
  "POST http://u:p@H.example:8080/p?q#f HTTP/1.1\r\nHost: other\r\nX-A:\tb  \r\nContent-Length: 3\r\n\r\nabc";

test("a request is read into its parts", () => {
  const { head, framing, rest } = read(good)!;
  assert.equal(head.method, "POST");
  assert.deepEqual(head.target, {
    form: "absolute",
    scheme: "http",
    target: { host: "h.example", port: 8080 },
    path: "/p?q",
  });
  assert.deepEqual(head.fields.names, ["Host", "X-A", "Content-Length"]);
  assert.deepEqual(head.fields.values, ["other", "b", "3"]);
  assert.deepEqual([framing, rest], [3, 3]);
});

test("forms of request targets are kept apart", () => {
  const formOf = (line: string) => read(`${line} HTTP/1.1\r\nHost: h\r\n\r\n`)!.head.target;
  assert.deepEqual(formOf("CONNECT [::1]:443"), { form: "authority", target: { host: "::1", port: 443 } });
  assert.deepEqual(formOf("GET /a?b"), { form: "origin", path: "/a?b" });
  assert.deepEqual(formOf("OPTIONS *"), { form: "asterisk" });
  const absolute = { form: "absolute", scheme: "http", target: { host: "h", port: 80 } };
  assert.deepEqual(formOf("GET HTTP://h"), { ...absolute, path: "/" });
  assert.deepEqual(formOf("GET http://h:?q"), { ...absolute, path: "/?q" });
  assert.deepEqual(formOf("OPTIONS http://h"), { ...absolute, path: "*" });
  assert.deepEqual(formOf("GET http://h#f"), { ...absolute, path: "/" });
});

test("empty lines before a request and a head without Host for CONNECT are let pass", () => {
  assert.ok(read("\r\n\r\nGET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"));
  assert.ok(read("CONNECT h:443 HTTP/1.1\r\n\r\n"));
  assert.ok(read("GET http://h/ HTTP/1.0\r\n\r\n"));
});

test("however a head is cut, it is read alike", () => {
  const whole = read(good);
  assert.deepEqual(read(good, eachByte(good))?.head, whole?.head);
  const heads = fc.constantFrom(...Object.values(hostile), good);
  fc.assert(
    fc.property(heads, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }), (text, sizes) => {
      const pieces: Uint8Array[] = [];
      let rest: Uint8Array = bytes(text);
      for (const size of sizes) {
        pieces.push(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      pieces.push(rest);
      assert.deepEqual(
        outcome(() => read(text, pieces)?.head),
        outcome(() => read(text)?.head),
      );
    }),
    fuzzing("http1-heads-cut"),
  );
});

const outcome = (run: () => RequestHead | undefined): unknown => {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof ProxyError);
    return error.code;
  }
};

test("one parser reads one head after another, and says whether one has begun", () => {
  const parser = new HeadParser(responseHeads);
  const stream = bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\nA: b\r\n\r\nHTTP");
  const first = parser.feed(stream, 0);
  assert.equal(parser.take().status, 100);
  const second = parser.feed(stream, first);
  const head = parser.take();
  assert.deepEqual([head.status, head.minorVersion, head.reason, head.fields.get("a")], [200, 0, "", "b"]);
  assert.equal(parser.started, false);
  assert.equal(parser.feed(stream, second), -1);
  assert.equal(parser.started, true);
});

for (const line of [
  "HTTP/1.1 099 Odd",
  "HTTP/1.1 20 Short",
  "HTTP/1.1 2000 Long",
  "HTTP/1.1 200\u0001 Control",
  "HTTP/1.1 200 a\u001b[31mb",
  "HTTP/1.1  200 OK",
  "HTTP/2 200 OK",
  "ICY 200 OK",
  "HTTP/1.1 +20 OK",
  "HTTP/1.1 200OK",
  "",
]) {
  test(`the status line ${JSON.stringify(line)} is refused`, () => {
    const parser = new HeadParser(responseHeads);
    assert.throws(
      () => parser.feed(bytes(`${line}\r\n\r\n`), 0),
      (error) => error instanceof ProxyError && error.code === "BAD_RESPONSE",
    );
  });
}

test("any bytes end in a head, a wish for more, or a ProxyError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (chunk) => {
      outcome(() => read("", [chunk])?.head);
    }),
    fuzzing("http1-heads"),
  );
});
