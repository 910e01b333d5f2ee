import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Engine } from "./engine.ts";
import { loadBinding } from "./platform.ts";
import { nativeFolder } from "./testing/native-source.ts";

const sources = join(nativeFolder, "addon", "src");

test("every export of the addon catches panics", () => {
  let exports = 0;
  for (const file of readdirSync(sources)) {
    const lines = readFileSync(join(sources, file), "utf8").split("\n");
    for (const [at, line] of lines.entries()) {
      const attribute = /^\s*#\[napi\b(.*)\]\s*$/.exec(line);
      if (attribute === null) continue;
      const declared = lines.slice(at + 1).find((next) => !/^\s*(#\[|\/\/)/.test(next)) ?? "";
      if (!/\bfn\b/.test(declared)) continue;
      exports++;
      assert.match(attribute[1] ?? "", /catch_unwind/, `${file}:${at + 1}: ${declared.trim()}`);
    }
  }
  assert.ok(exports > 30, `only ${exports} exports were found`);
});

test("a panic in a call is an exception, is reported without a path, and the engine goes on", async () => {
  const engine = new Engine();
  const reported = Promise.withResolvers<string>();
  engine.onPanic = reported.resolve;
  assert.throws(() => engine.native.provokePanic(0), /provoked in a call/);
  assert.match(await reported.promise, /^provoked in a call \(engine\.rs:\d+\)$/);
  assert.equal(engine.native.streamCount(), 0);
});

test("the addon has exactly the functions that its types name", () => {
  const declared = readFileSync(join(nativeFolder, "..", "src", "native-binding.ts"), "utf8");
  const body = /interface NativeEngine \{([^}]*)\}/.exec(declared)?.[1] ?? "";
  const named = [...body.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1]);
  const present = Object.getOwnPropertyNames(loadBinding().NativeEngine.prototype);
  assert.deepEqual(named.sort(), present.filter((name) => name !== "constructor").sort());
});
