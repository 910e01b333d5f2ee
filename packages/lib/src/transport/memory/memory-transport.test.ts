import assert from "node:assert/strict";
import { test } from "node:test";
import { conformance } from "../conformance.ts";
import { MemoryListener } from "./memory-listener.ts";

conformance("memory", async (handlers, { streamLimit }) => {
  const listener = new MemoryListener(handlers, { streamLimit });
  return {
    listener,
    writerBound: 65_536,
    connect: (signal) => listener.connect(signal),
    cut: () => listener.cut(),
    dispose: async () => listener.destroy(),
  };
});

test("a frozen peer answers no ping, and answers when it thaws", async () => {
  const listener = new MemoryListener({ connection: () => {}, tunnel: () => {}, refused: () => {} });
  const client = await listener.connect();
  listener.freeze();
  const patience = AbortSignal.timeout(20);
  await assert.rejects(client.ping(patience), { name: "TimeoutError" });
  const pinging = client.ping(AbortSignal.timeout(10_000));
  listener.thaw();
  assert.ok((await pinging) >= 0);
  listener.destroy();
});
