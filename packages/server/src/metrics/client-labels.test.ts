import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientLabels, mostClients, otherClients } from "./client-labels.ts";

test("the first clients have their own names for good, all others are counted together", () => {
  const labels = new ClientLabels();
  const subjects = Array.from({ length: 3 * mostClients }, (_, number) => `CN=pod ${number}`);
  const named = (): string[] => subjects.map((subject) => labels.of(subject));
  const first = named();
  assert.deepEqual(new Set(first), new Set([...subjects.slice(0, mostClients), otherClients]));
  assert.deepEqual(named(), first);
});
