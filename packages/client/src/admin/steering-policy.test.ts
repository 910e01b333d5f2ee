import assert from "node:assert/strict";
import { test } from "node:test";
import { type Steered, Steering } from "./steering-policy.ts";

const tokyo: Steered = { name: "tokyo", protocol: "auto", startsClosed: false };

test("what was set outlives a reload that says the same", () => {
  const steering = new Steering();
  steering.setProtocol(tokyo, "http2");
  steering.setClosed(tokyo, true);
  steering.reloaded([{ ...tokyo }]);
  assert.equal(steering.protocol(tokyo), "http2");
  assert.equal(steering.startsClosed(tokyo), true);
});

test("a reload that changes a key wins over what was set for that key, not for the other, and for good", () => {
  const steering = new Steering();
  steering.setProtocol(tokyo, "http2");
  steering.setClosed(tokyo, true);
  const changed: Steered = { ...tokyo, protocol: "quic" };
  assert.equal(steering.protocol(changed), "quic", "also before it is in force");
  steering.reloaded([changed]);
  assert.equal(steering.protocol(changed), "quic");
  assert.equal(steering.startsClosed(changed), true);
  steering.reloaded([tokyo]);
  assert.equal(steering.protocol(tokyo), "auto");
});

test("setting it back to what the file says is a choice too", () => {
  const steering = new Steering();
  steering.setProtocol(tokyo, "http2");
  steering.setProtocol(tokyo, "auto");
  assert.equal(steering.protocol(tokyo), "auto");
});

test("a backend that is gone is forgotten", () => {
  const steering = new Steering();
  steering.setClosed(tokyo, true);
  steering.reloaded([]);
  assert.equal(steering.startsClosed(tokyo), false);
});
