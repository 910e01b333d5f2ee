import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../error/proxy-error.ts";
import { BodyReader } from "./body-reader.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

test("a counted body ends after its bytes, an empty one at once", () => {
  assert.equal(new BodyReader(0, "BAD_REQUEST").done, true);
  const body = new BodyReader(5, "BAD_REQUEST");
  assert.equal(body.take(bytes("xxabc"), 2), 5);
  assert.equal(body.done, false);
  assert.equal(body.take(bytes("degh"), 0), 2);
  assert.equal(body.done, true);
  assert.equal(body.take(bytes("next"), 0), 0);
});

test("a chunked body ends with its last chunk", () => {
  const body = new BodyReader("chunked", "BAD_RESPONSE");
  assert.equal(body.take(bytes("3\r\nabc\r\n0\r"), 0), 10);
  assert.equal(body.done, false);
  assert.equal(body.take(bytes("\n\r\nnext"), 0), 3);
  assert.equal(body.done, true);
  assert.throws(
    () => new BodyReader("chunked", "BAD_RESPONSE").take(bytes("x"), 0),
    (error) => error instanceof ProxyError && error.code === "BAD_RESPONSE",
  );
});

test("a body that ends with its connection takes everything and is never done", () => {
  const body = new BodyReader("until-close", "BAD_RESPONSE");
  assert.equal(body.take(bytes("abc"), 1), 3);
  assert.equal(body.done, false);
});
