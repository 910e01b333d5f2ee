// R32: what a peer may do to a process, in either role, and what it gets for it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import tls from "node:tls";
import { clientAttacks } from "./testing/client-attacks.ts";
import { echoOnce } from "./testing/echo-once.ts";
import { dialTest, listenTest } from "./testing/endpoints.ts";
import { missing } from "./testing/programs.ts";
import { RawPeer } from "./testing/raw-peer.ts";
import { type Attack, serverAttacks } from "./testing/server-attacks.ts";
import { SubjectProcess } from "./testing/subject-process.ts";
import { makeCertificates, type TestCertificates } from "./testing/test-certificates.ts";
import { serveTunnel } from "./testing/test-targets.ts";
import { dialTls } from "./testing/tls-hop.ts";

const skip = missing("openssl");
const mebibyte = 2 ** 20;
/** R32: what any attack may cost in MiB, and how soon the socket is gone after the GOAWAY. */
const mostMemory = 16;
const goneWithinMs = 2000;

let made: TestCertificates | undefined;
const certificates = (): TestCertificates => {
  made ??= makeCertificates();
  return made;
};
after(() => made?.[Symbol.dispose]());

const ended = (subject: SubjectProcess, before: number): boolean => subject.closed.length > before;

/** Runs the attack to its end and judges it. */
const judge = async (attack: Attack, peer: RawPeer, subject: SubjectProcess): Promise<string> => {
  if (attack.options?.deaf !== true) await peer.roundTrip(); // SETTINGS are acknowledged, nothing is under way
  const { rss, held } = await subject.memory(true);
  const before = subject.closed.length;
  const startedAt = performance.now();
  await attack.run(peer);
  let gone = "lives on";
  if (attack.codes.length > 0) {
    while (!ended(subject, before)) await subject.next("closed");
    await peer.until(() => false); // until closed
    gone = `gone after ${(performance.now() - startedAt).toFixed(0)} ms`;
    if (attack.options?.deaf !== true) {
      assert.ok(peer.goaway !== undefined, "there was no GOAWAY");
      assert.ok(attack.codes.includes(peer.goaway.code), `GOAWAY ${peer.goaway.code}: ${peer.goaway.words}`);
      assert.ok(peer.closedAt - peer.goawayAt < goneWithinMs, "the socket stays after the GOAWAY");
      gone += `, "${peer.goaway.words}"`;
    }
  }
  const { peakRss } = await subject.memory(false);
  assert.deepEqual(subject.crashes, []);
  const grown = (peakRss - rss) / mebibyte;
  const figure = `resident memory +${grown.toFixed(1)} MB at most`;
  if (attack.codes.length > 0) {
    assert.ok(grown <= mostMemory, figure);
    return `${figure}, ${gone}`;
  }
  // It goes on, and may be honest work at full speed: what counts is what the peer makes us hold.
  const holds = ((await subject.memory(true)).held - held) / mebibyte;
  assert.ok(holds <= (attack.mostHeld ?? mostMemory), `holds ${holds.toFixed(1)} MB`);
  return `holds ${holds.toFixed(1)} MB, ${figure}, ${gone}`;
};

for (const attack of serverAttacks) {
  test(`server: ${attack.name}`, { skip }, async (t) => {
    await using subject = await SubjectProcess.server(certificates());
    const sibling = await dialTest(subject.port, clientFiles());
    for (let round = 0; round < 20; round += 1) await echoOnce(sibling);
    const peer = new RawPeer(await dialTls(subject.port, certificates()), {
      role: "client",
      ...attack.options,
    });
    let during = 0;
    let attacked = true;
    const beside = (async () => {
      while (attacked) {
        await echoOnce(sibling);
        during += 1;
      }
    })();
    try {
      t.diagnostic(`${await judge(attack, peer, subject)}; ${during} sibling tunnels meanwhile`);
    } finally {
      attacked = false;
      await beside;
      peer.destroy();
    }
    await echoOnce(sibling);
    sibling.destroy();
  });
}

for (const attack of clientAttacks) {
  test(`client: ${attack.name}`, { skip }, async (t) => {
    const files = certificates();
    const honest = await listenTest(serverFiles(), {
      connection: () => {},
      tunnel: serveTunnel,
      refused: () => {},
    });
    const hostile = tls.createServer({
      cert: readFileSync(files.server.cert),
      key: readFileSync(files.server.key),
      ca: readFileSync(files.ca),
      requestCert: true,
      ALPNProtocols: ["h2"],
    });
    hostile.listen(0, "127.0.0.1");
    await once(hostile, "listening");
    const { port } = hostile.address() as AddressInfo;
    try {
      await using subject = await SubjectProcess.client(
        files,
        port,
        Number(honest.address.split(":").at(-1)),
      );
      for (let round = 0; round < 20; round += 1) await subject.siblingAnswers();
      const accepted = once(hostile, "secureConnection") as Promise<[tls.TLSSocket]>;
      subject.ask({ type: "go" });
      const [socket] = await accepted;
      const peer = new RawPeer(socket, { role: "server", ...attack.options });
      t.diagnostic(await judge(attack, peer, subject));
      await subject.siblingAnswers();
      peer.destroy();
    } finally {
      hostile.close();
      honest.destroy();
    }
  });
}

const clientFiles = () => ({ ca: certificates().ca, ...certificates().client });
const serverFiles = () => ({ ca: certificates().ca, ...certificates().server });
