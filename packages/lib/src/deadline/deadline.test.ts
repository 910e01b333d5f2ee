import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { test } from "node:test";
import { ProxyError } from "../error/proxy-error.ts";
import { abortable } from "./abortable.ts";
import { Deadline } from "./deadline.ts";

test("running out of time aborts with the code that was asked for", async () => {
  using deadline = new Deadline(1, "CONNECTION_TIMEOUT");
  await once(deadline.signal, "abort");
  assert.ok(deadline.signal.reason instanceof ProxyError);
  assert.equal(deadline.signal.reason.code, "CONNECTION_TIMEOUT");
});

test("the parent's reason is passed on, and no listener stays behind", () => {
  const parent = new AbortController();
  {
    using deadline = new Deadline(60_000, "CONNECTION_TIMEOUT", parent.signal);
    assert.equal(getEventListeners(parent.signal, "abort").length, 1);
    assert.equal(deadline.signal.aborted, false);
  }
  assert.equal(getEventListeners(parent.signal, "abort").length, 0);
  parent.abort(new Error("gone"));
  using late = new Deadline(60_000, "CONNECTION_TIMEOUT", parent.signal);
  assert.equal((late.signal.reason as Error).message, "gone");
});

test("aborting one wait leaves the work and the other waits alone", async () => {
  const work = Promise.withResolvers<number>();
  const impatient = new AbortController();
  const patient = new AbortController();
  const first = abortable(work.promise, impatient.signal);
  const second = abortable(work.promise, patient.signal);
  impatient.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  work.resolve(7);
  assert.equal(await second, 7);
  assert.equal(getEventListeners(patient.signal, "abort").length, 0);
  await assert.rejects(abortable(work.promise, impatient.signal), /enough/);
});
