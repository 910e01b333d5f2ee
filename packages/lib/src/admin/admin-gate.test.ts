import assert from "node:assert/strict";
import { test } from "node:test";
import { type GateOptions, type GateRequest, judgeRequest } from "./admin-gate.ts";

const judged = (request: Partial<GateRequest>, options: Partial<GateOptions> = {}) =>
  judgeRequest(
    {
      host: "127.0.0.1:8403",
      origin: undefined,
      fetchSite: undefined,
      authorization: undefined,
      open: false,
      ...request,
    },
    { loopback: true, token: undefined, ...options },
  )?.status;

test("on loopback a Host is a name of this machine, with any port", () => {
  for (const host of [
    "127.0.0.1:8403",
    "127.0.0.1",
    "127.9.9.9:1",
    "localhost:9",
    "LOCALHOST",
    "[::1]:8403",
    "[::1]",
  ]) {
    assert.equal(judged({ host }), undefined, host);
  }
  const foreign = [
    undefined,
    "",
    "evil.example:8403",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
  ];
  for (const host of [...foreign, "::1:8403:x", "0x7f000001", "2130706433", "127.0.0.1:8403@evil.example"]) {
    assert.equal(judged({ host }), 403, `${host}`);
    assert.equal(judged({ host, open: true }), 403, `${host}`);
  }
});

test("pages of other origins are refused, whatever they ask for", () => {
  for (const origin of [
    "http://evil.example",
    "null",
    "http://127.0.0.1:3000",
    "https://127.0.0.1:8403",
    "file://",
    "",
  ]) {
    assert.equal(judged({ origin }), 403, origin);
  }
  assert.equal(judged({ origin: "http://127.0.0.1:8403" }), undefined);
  for (const fetchSite of ["cross-site", "same-site"]) assert.equal(judged({ fetchSite }), 403);
  for (const fetchSite of ["same-origin", "none"]) assert.equal(judged({ fetchSite }), undefined);
  assert.equal(judged({ fetchSite: "cross-site", open: true }), undefined, "a browser may fetch proxy.pac");
});

test("beyond loopback any Host may be asked for, with the token", () => {
  const token = "0123456789abcdef";
  const beyond = { loopback: false, token };
  assert.equal(judged({ host: "proxy.example:8403" }, beyond), 401);
  assert.equal(judged({ host: "proxy.example:8403", authorization: `bearer ${token}` }, beyond), undefined);
  assert.equal(judged({ host: "proxy.example:8403", open: true }, beyond), undefined);
  const fromPage = { origin: "http://evil.example", authorization: `Bearer ${token}` };
  assert.equal(judged(fromPage, beyond), 403);
});
