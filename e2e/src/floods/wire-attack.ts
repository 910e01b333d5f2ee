import assert from "node:assert/strict";
import type { Attack } from "@octoproxy/lib/transport/h2/testing/attack";
import type { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";

/** R32: how soon the socket is gone after the last word. */
const goneWithinMs = 2000;
/** A bound against hanging. */
const patienceMs = 30_000;

/** Runs an attack until its connection is gone, or as long as it lasts. @returns how it ended. */
export const runAttack = async (
  attack: Attack,
  peer: RawPeer,
  codes: readonly number[] = attack.codes,
): Promise<string> => {
  const isDeaf = attack.options?.deaf === true;
  const startedAt = performance.now();
  await attack.run(peer);
  if (codes.length === 0) return "goes on, bounded";
  const late = AbortSignal.timeout(patienceMs);
  const { promise, reject } = Promise.withResolvers<never>();
  late.addEventListener("abort", () => reject(new Error(`${attack.name}: the connection stays`)));
  await Promise.race([peer.until(() => false), promise]); // until the socket is gone
  if (isDeaf) return `cut after ${(peer.closedAt - startedAt).toFixed(0)} ms`;
  assert.ok(peer.goaway !== undefined, `${attack.name}: there was no GOAWAY`);
  const { code, words } = peer.goaway;
  assert.ok(codes.includes(code), `${attack.name}: GOAWAY ${code}: ${words}`);
  const staysMs = peer.closedAt - peer.goawayAt;
  assert.ok(staysMs < goneWithinMs, `${attack.name}: the socket stays for ${staysMs} ms`);
  return `GOAWAY ${code} "${words}", gone ${staysMs.toFixed(0)} ms later`;
};
