import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceNotify } from "./service-notify.ts";

test("messages are sent in order, and of states that wait only the last", async () => {
  const sent: string[] = [];
  const gate = Promise.withResolvers<void>();
  const notify = new ServiceNotify(async (assignments) => {
    await gate.promise;
    sent.push(assignments.join(" "));
  });
  notify.ready();
  notify.status("0 of 2 backends up");
  notify.status("1 of 2 backends up");
  notify.reloading();
  notify.ready();
  notify.status("2 of 2 backends up");
  notify.stopping();
  gate.resolve();
  await notify.said;
  assert.deepEqual(sent, ["READY=1", "STATUS=2 of 2 backends up", "RELOADING=1", "READY=1", "STOPPING=1"]);
  notify.status("draining");
  await notify.said;
  assert.equal(sent.at(-1), "STATUS=draining");
});
