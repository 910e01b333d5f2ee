import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnsweringOrigin, withoutPseudonym } from "./harness/answering-origin.ts";
import { Pair } from "./harness/pair.ts";
import { RawPeer } from "./harness/raw-peer.ts";

/** What is sent, by the origin's `host:port`, and what comes of it: a refusal, or these requests and nothing else at the origin. */
interface Case {
  readonly send: (host: string) => string;
  readonly arrives?: (host: string) => readonly string[];
  /** Where a refused body was begun in good faith: the most that may arrive of it. */
  readonly partly?: (host: string) => string;
}

const via = "Via: 1.1 OCTOPROXY\r\n";
const evil = (host: string): string => `GET http://${host}/evil HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const post = (fields: string, body: string) => (host: string) =>
  `POST http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n${body}`;
const get = (line: (host: string) => string, fields: (host: string) => string) => (host: string) =>
  `${line(host)}\r\n${fields(host)}\r\n`;
const plain = (host: string): string => `GET http://${host}/p HTTP/1.1`;
const hostField = (host: string): string => `Host: ${host}\r\n`;
const arrivesPlain = (host: string): string[] => [`GET /p HTTP/1.1\r\nHost: ${host}\r\n${via}\r\n`];
const postedChunks = (body: string) => (host: string) =>
  `POST / HTTP/1.1\r\nHost: ${host}\r\n${via}Transfer-Encoding: chunked\r\n\r\n${body}`;
const arrivesChunked = (body: string) => (host: string) => [postedChunks(body)(host)];
const badChunk = (body: string, partly: string): Case => ({
  send: post("Transfer-Encoding: chunked\r\n", body),
  partly: postedChunks(partly),
});

const cases: Readonly<Record<string, Case>> = {
  "Transfer-Encoding and Content-Length": {
    send: (h) => post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")(h) + evil(h),
  },
  "two unlike Content-Length": {
    send: (h) => post("Content-Length: 0\r\nContent-Length: 99\r\n", "")(h) + evil(h),
  },
  "two like Content-Length": { send: post("Content-Length: 1\r\nContent-Length: 1\r\n", "x") },
  "a list as Content-Length": { send: post("Content-Length: 1, 1\r\n", "x") },
  "a signed Content-Length": { send: post("Content-Length: +1\r\n", "x") },
  "Transfer-Encoding: gzip, chunked": {
    send: (h) => post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")(h) + evil(h),
  },
  "Transfer-Encoding: xchunked": { send: post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n") },
  "two Transfer-Encoding": {
    send: post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
  },
  "a space before the colon": { send: post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n") },
  "a control byte in Transfer-Encoding": { send: post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n") },
  "Transfer-Encoding on HTTP/1.0": {
    send: (h) => `POST http://${h}/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${evil(h)}`,
  },
  "two Host": { send: get(plain, (h) => hostField(h) + hostField("other.example")) },
  "no Host": { send: get(plain, () => "") },
  "a Host that is none": { send: get(plain, () => "Host: a/b\r\n") },
  "Host unlike the URI": { send: get(plain, () => hostField("other.example")), arrives: arrivesPlain },
  "a bare LF behind the request line": { send: (h) => `${plain(h)}\nHost: ${h}\r\n\r\n` },
  "a bare LF in the fields": { send: (h) => `${plain(h)}\r\nHost: ${h}\nX: y\r\n\r\n` },
  "a bare CR in a field": { send: get(plain, (h) => `${hostField(h)}X: a\rY: b\r\n`) },
  "a NUL in a field": { send: get(plain, (h) => `${hostField(h)}X: a\0b\r\n`) },
  "a folded field": { send: get(plain, (h) => `${hostField(h)}X: a\r\n b\r\n`) },
  "a folded first field": { send: get(plain, (h) => ` X: a\r\n${hostField(h)}`) },
  "HTTP/0.9": { send: (h) => `GET http://${h}/\r\n\r\n` },
  "HTTP/1.2": { send: get((h) => `GET http://${h}/ HTTP/1.2`, hostField) },
  "two spaces in the request line": { send: get((h) => `GET  http://${h}/ HTTP/1.1`, hostField) },
  "a path alone": { send: get(() => "GET /p HTTP/1.1", hostField) },
  chunks: {
    send: post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
    arrives: arrivesChunked("3\r\nabc\r\n0\r\n\r\n"),
  },
  "chunks, written in capitals": {
    send: post("TRANSFER-ENCODING: Chunked\r\n", "A\r\n0123456789\r\n00\r\n\r\n"),
    arrives: arrivesChunked("A\r\n0123456789\r\n00\r\n\r\n"),
  },
  "a chunk extension": {
    send: post("Transfer-Encoding: chunked\r\n", '3;a="b c"\r\nabc\r\n0\r\n\r\n'),
    arrives: arrivesChunked('3;a="b c"\r\nabc\r\n0\r\n\r\n'),
  },
  "a bare LF in a chunk extension": badChunk("3;a\nabc\r\n0\r\n\r\n", "3;a"),
  "a bare LF behind a chunk's size": badChunk("3\nabc\r\n0\r\n\r\n", "3"),
  "a space behind a chunk's size": badChunk("3 \r\nabc\r\n0\r\n\r\n", "3"),
  "a chunk longer than its size": badChunk("3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc"),
  "a chunk's size beyond all bounds": badChunk("10000000000000003\r\nabc\r\n0\r\n\r\n", "1000000000000"),
  "a chunk's size with 0x": badChunk("0x3\r\nabc\r\n0\r\n\r\n", "0"),
  "a negative chunk": badChunk("-1\r\n\r\n0\r\n\r\n", ""),
  "Content-Length as a trailer": badChunk("0\r\nContent-Length: 9\r\n\r\n", "0\r\nContent-Length"),
  "a body and another request in one segment": {
    send: (h) => post("Content-Length: 3\r\n", "abc")(h) + get(plain, hostField)(h),
    arrives: (h) => [
      `POST / HTTP/1.1\r\nHost: ${h}\r\n${via}Content-Length: 3\r\n\r\nabc`,
      ...arrivesPlain(h),
    ],
  },
  "a GET with a body that looks like a request": {
    send: (h) => `${plain(h)}\r\nHost: ${h}\r\nContent-Length: ${evil(h).length}\r\n\r\n${evil(h)}`,
    arrives: (h) => [
      `GET /p HTTP/1.1\r\nHost: ${h}\r\n${via}Content-Length: ${evil(h).length}\r\n\r\n${evil(h)}`,
    ],
  },
};

const served = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Answers each of the requests once it has come to its end, and says nothing to anything else. */
const originOf = (arrives: Case["arrives"]) =>
  startAnsweringOrigin(async (peer, { address }) => {
    let wanted = "";
    for (const request of arrives?.(address) ?? []) {
      wanted += request;
      while (withoutPseudonym(peer.all) !== wanted) await peer.take(/./s);
      peer.send(served);
    }
  });

// R14
test("the smuggling set: the origin gets exactly what the proxy decided on, or the application a 400", async (t) => {
  await using pair = await Pair.start();
  for (const [name, { send, arrives, partly }] of Object.entries(cases)) {
    for (const pace of ["whole", "one byte a segment"]) {
      await t.test(`${name}, ${pace}`, async () => {
        await using origin = await originOf(arrives);
        using application = await RawPeer.connect(pair.proxy);
        if (pace === "whole") application.send(send(origin.address));
        else await application.sendSlowly(send(origin.address));
        if (arrives !== undefined) {
          const requests = arrives(origin.address);
          for (const _ of requests)
            assert.match(await application.take(/\r\n\r\nok/), /^HTTP\/1\.1 200 OK\r\n/);
          assert.equal(application.received, "");
          assert.equal(origin.connections.length, 1);
          assert.equal(withoutPseudonym(origin.connections[0]?.all ?? ""), requests.join(""));
          return;
        }
        const answer = await application.end().rest();
        assert.match(answer.text, /^HTTP\/1\.1 400 Bad Request\r\n/);
        assert.match(answer.text, /\r\n\r\noctoproxy refused the request: .+\.\n$/);
        assert.equal(answer.text.match(/HTTP\/1\.1 \d/g)?.length, 1);
        for (const peer of origin.connections) {
          await peer.rest();
          const seen = withoutPseudonym(peer.all);
          assert.ok(partly?.(origin.address).startsWith(seen), `more than was decided on: ${seen}`);
        }
      });
    }
  }
});
