import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, errorCodes } from "@octoproxy/lib/error/codes";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { HeadParser } from "@octoproxy/lib/http1/head-parser";
import { responseHeads } from "@octoproxy/lib/http1/response-head";
import { parseProxyStatus } from "@octoproxy/lib/tunnel/proxy-status";
import { refusalPage } from "./refusal-page.ts";

test("every error has a page with its status, its token, a sentence, and a length that is true", () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    const page = refusalPage(new ProxyError(code), undefined, { target: { host: "h.example", port: 80 } });
    const parser = new HeadParser(responseHeads);
    const end = parser.feed(page, 0);
    const { status, fields } = parser.take();
    assert.equal(status, errorCodes[code].status);
    assert.equal(Number(fields.get("content-length")), page.length - end);
    assert.match(page.toString("utf8", end), /^octoproxy [^\n]+\.\n$/);
    const [member] = parseProxyStatus(fields.get("proxy-status") ?? "");
    assert.deepEqual([member?.error, member?.code], [errorCodes[code].token, code]);
  }
});

test("words from outside cannot add lines, and HEAD gets no body", () => {
  const error = new ProxyError("DNS_ERROR", { detail: "bad\r\nX-Evil: 1\u001b[31m", nextHop: "a\r\nb" });
  const text = refusalPage(error, undefined, { method: "HEAD" }).toString("latin1");
  assert.equal(text.includes("\nX-Evil"), false);
  assert.equal(text.includes("\u001b"), false);
  assert.equal(text.endsWith("\r\n\r\n"), true);
});
