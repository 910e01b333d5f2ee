import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../error/proxy-error.ts";
import { createLog } from "./logger.ts";
import { effectiveLevel, LogLevelError } from "./stderr-log.ts";

const collecting = (level: "debug" | "info" = "info") => {
  const lines: string[] = [];
  const writer = {
    write: (text: string, done: (error: undefined) => void): void => {
      lines.push(...text.trimEnd().split("\n"));
      done(undefined);
    },
  };
  return { lines, ...createLog({ level, writer }) };
};

test("one line is one JSON object: level as a word, time, fields, message", () => {
  const { log, lines } = collecting();
  log.info({ address: "127.0.0.1:8081", protocol: "connect" }, "listening");
  log.debug("not seen");
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /^\{"level":"info","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","address":"127\.0\.0\.1:8081","protocol":"connect","msg":"listening"\}$/,
  );
});

test("words from outside cannot act on a terminal", () => {
  const { log, lines } = collecting();
  log.warn({ target: "evil\u001b]0;x\u0007.example:443" }, "refused\nlevel");
  const { target, msg } = JSON.parse(lines[0] ?? "");
  assert.equal(target, "evil?]0;x?.example:443");
  assert.equal(msg, "refused?level");
});

test("an error is its words, code, cause and stack, still one line", () => {
  const { log, lines } = collecting();
  const cause = new Error("inner");
  log.error({ err: new ProxyError("DNS_ERROR", { cause }) }, "failed");
  const { err } = JSON.parse(lines[0] ?? "");
  assert.equal(err.code, "DNS_ERROR");
  assert.equal(err.cause.message, "inner");
  assert.ok(err.stack.length > 0 && err.stack.every((frame: string) => !frame.includes("\n")));
});

test("an error that is its own cause is logged", () => {
  const { log, lines } = collecting();
  const error = new Error("round");
  error.cause = error;
  log.error({ err: error }, "failed");
  assert.equal(JSON.parse(lines[0] ?? "").err.cause.message, "round");
});

test("OCTOPROXY_LOG overrides the configuration; what is no level is told", () => {
  assert.equal(effectiveLevel("warn", {}), "warn");
  assert.equal(effectiveLevel("warn", { OCTOPROXY_LOG: "" }), "warn");
  assert.equal(effectiveLevel("warn", { OCTOPROXY_LOG: "Debug" }), "debug");
  assert.throws(() => effectiveLevel("warn", { OCTOPROXY_LOG: "loud" }), LogLevelError);
});
