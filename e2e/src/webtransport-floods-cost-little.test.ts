import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { pipeAttacks } from "./floods/webtransport-attacks.ts";
import { WireTargets } from "./floods/wire-targets.ts";
import { Pair } from "./harness/pair.ts";
import { visitByWebTransport } from "./harness/webtransport-visitor.ts";

const skip = process.platform !== "linux" && "needs /proc";
/** MiB, as for QUIC: the package reads all that comes, and its garbage counts. */
const limit = 64;

test("floods of WebTransport by who has shown no certificate: little memory, newcomers come in, who is there stays", {
  skip,
}, async (t) => {
  await using pair = await Pair.start({ transport: "webtransport" });
  await using targets = await WireTargets.start();
  const { serverAddress: address } = pair;
  const files = {
    ca: pair.folder.file("certs/ca.crt"),
    cert: pair.folder.file("certs/client/client.crt"),
    key: pair.folder.file("certs/client/client.key"),
  };
  /** One who comes anew. */
  const visit = async (): Promise<number> => {
    const startedAt = performance.now();
    const connection = await visitByWebTransport(address, files);
    const ms = performance.now() - startedAt;
    await connection.close();
    return ms;
  };
  const memory = new ResidentMemory(pair.server.pid);
  await memory.warmUp(() => honestRequest(pair.proxy, targets.echo));
  for (let count = 0; count < 20; count++) await visit();
  for (const attack of pipeAttacks)
    await bestOf(t, limit, async () => {
      await memory.begin();
      await using honest = HonestBeside.through(pair.proxy, targets.echo);
      await using newcomers = new HonestBeside(visit);
      const startedAt = performance.now();
      const much = await attack.run({ address, ca: files.ca });
      const took = performance.now() - startedAt;
      const [tunnelMs, newcomerMs] = await Promise.all([honest.end(), newcomers.end()]);
      return {
        kind: "WebTransport",
        attack: attack.name,
        role: "server",
        certificate: "no",
        grownMiB: await memory.grown(),
        honestMs: Math.max(tunnelMs, newcomerMs),
        end: `${much}; ${took.toFixed(0)} ms`,
      };
    });
  assert.ok(pair.server.running && pair.client.running);
  await honestRequest(pair.proxy, targets.echo);
  assert.equal(
    pair.client.lines.filter(({ msg, status }) => msg === "backend" && status === "closed").length,
    0,
  );
});
