// R32: what a peer may do to a process, in either role, and what it gets for it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { after, type TestContext, test } from "node:test";
import tls from "node:tls";
import { type Attack, mostMemory } from "./testing/attack.ts";
import { clientAttacks } from "./testing/client-attacks.ts";
import { echoOnce } from "./testing/echo-once.ts";
import { dialTest, listenTest, portOf, type TestIdentity } from "./testing/endpoints.ts";
import { hoardingAttacks } from "./testing/hoarding-attacks.ts";
import { missing } from "./testing/programs.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { serverAttacks } from "./testing/server-attacks.ts";
import { SubjectProcess } from "./testing/subject-process.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";
import { dialTls } from "./testing/tls-hop.ts";

const skip = missing("openssl");
/** R32: how soon the socket is gone after our last word. */
const goneWithinMs = 2000;
/** Resident memory also says how busy the machine kept the collector: the best of so many tries counts. */
const tries = 3;

let made: TestCertificates | undefined;
const certificates = (): TestCertificates => {
  made ??= makeCertificates();
  return made;
};
after(() => made?.[Symbol.dispose]());
const clientIdentity = (): TestIdentity => ({ ca: certificates().ca, ...certificates().client });
const serverIdentity = (): TestIdentity => ({ ca: certificates().ca, ...certificates().server });

interface Verdict {
  /** MiB that count against the limit. */
  readonly grown: number;
  readonly limit: number;
  readonly words: string;
}

/** Waits for the end of the attacked connection and looks at how it ended. */
const judgeEnd = async (attack: Attack, peer: RawPeer, subject: SubjectProcess, before: number) => {
  while (subject.closed.length === before) await subject.next("closed");
  const endedAt = performance.now();
  await peer.until(() => false); // until the socket is gone
  assert.ok(peer.closedAt - endedAt < goneWithinMs, "the socket stays");
  if (attack.options?.deaf === true) return "";
  assert.ok(peer.goaway !== undefined, "there was no GOAWAY");
  assert.ok(attack.codes.includes(peer.goaway.code), `GOAWAY ${peer.goaway.code}: ${peer.goaway.words}`);
  return `, "${peer.goaway.words}"`;
};

/** Runs the attack to its end and judges it. */
const judge = async (attack: Attack, peer: RawPeer, subject: SubjectProcess): Promise<Verdict> => {
  // From here on SETTINGS are acknowledged and nothing is under way.
  if (attack.options?.deaf !== true) await peer.roundTrip();
  await attack.prepare?.(peer);
  const { rss, held } = await subject.memory(true);
  const before = subject.closed.length;
  const startedAt = performance.now();
  await attack.run(peer);
  const ends = attack.codes.length > 0;
  const end = ends ? await judgeEnd(attack, peer, subject, before) : "";
  const took = `${(performance.now() - startedAt).toFixed(0)} ms`;
  const grown = ((await subject.memory(false)).peakRss - rss) / 2 ** 20;
  const peak = `resident memory +${grown.toFixed(1)} MB at most`;
  const limit = mostMemory(attack);
  assert.deepEqual(subject.crashes, []);
  if (ends) return { grown, limit, words: `${peak}, gone after ${took}${end}` };
  // It goes on, and may be honest work at full speed: what counts is what the peer makes us hold.
  const holds = ((await subject.memory(true)).held - held) / 2 ** 20;
  return { grown: holds, limit, words: `holds ${holds.toFixed(1)} MB, ${peak}, lives on` };
};

const bestOf = async (t: TestContext, attempt: () => Promise<Verdict>): Promise<void> => {
  for (let count = 1; ; count += 1) {
    const { grown, limit, words } = await attempt();
    t.diagnostic(words);
    if (grown <= limit) return;
    assert.ok(count < tries, words);
  }
};

for (const attack of [...serverAttacks, ...hoardingAttacks]) {
  test(`server: ${attack.name}`, { skip }, (t) =>
    bestOf(t, async () => {
      await using subject = await SubjectProcess.server(certificates());
      const sibling = await dialTest(subject.port, clientIdentity());
      for (let round = 0; round < 20; round += 1) await echoOnce(sibling);
      const options = { role: "client", ...attack.options } as const;
      const peer = new RawPeer(await dialTls(subject.port, certificates()), options);
      let attacked = true;
      const beside = (async () => {
        while (attacked) await echoOnce(sibling);
      })();
      try {
        return await judge(attack, peer, subject);
      } finally {
        attacked = false;
        await beside;
        await echoOnce(sibling);
        peer.destroy();
        sibling.destroy();
      }
    }),
  );
}

for (const attack of clientAttacks) {
  test(`client: ${attack.name}`, { skip }, (t) =>
    bestOf(t, async () => {
      const handlers = { connection: () => {}, tunnel: serveTunnel, refused: () => {} };
      const honest = await listenTest(serverIdentity(), handlers);
      const files = certificates();
      const hostile = tls.createServer({
        cert: readFileSync(files.server.cert),
        key: readFileSync(files.server.key),
        ca: readFileSync(files.ca),
        requestCert: true,
        ALPNProtocols: ["h2"],
      });
      hostile.listen(0, "127.0.0.1");
      await once(hostile, "listening");
      try {
        const { port } = hostile.address() as AddressInfo;
        await using subject = await SubjectProcess.client(files, port, portOf(honest));
        for (let round = 0; round < 20; round += 1) await subject.siblingAnswers();
        const accepted = once(hostile, "secureConnection") as Promise<[tls.TLSSocket]>;
        subject.ask({ type: "go" });
        const [socket] = await accepted;
        const peer = new RawPeer(socket, { role: "server", ...attack.options });
        const verdict = await judge(attack, peer, subject);
        await subject.siblingAnswers();
        peer.destroy();
        return verdict;
      } finally {
        hostile.close();
        honest.destroy();
      }
    }),
  );
}
