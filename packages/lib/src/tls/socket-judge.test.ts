import assert from "node:assert/strict";
import { constants } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { type ConnectionOptions, connect, createServer, type TLSSocket } from "node:tls";
import { ProxyError } from "../error/proxy-error.ts";
import type { PeerIdentity } from "../transport/transport.ts";
import { type Made, makeCa, makeClient, makeServer, trusting } from "./certificate.fixture.ts";
import { judgeChain } from "./judge.ts";
import { clientCases, longLived, serverCases } from "./peer-cases.fixture.ts";
import { judgeSocket } from "./socket-judge.ts";
import type { Question, Trust } from "./trust.ts";

const ca = makeCa("octoproxy ca", longLived);
const server = makeServer(ca, longLived);
const client = makeClient(ca, longLived);

const pemOf = (leaf: Made, above: readonly Made[] = []) => ({
  cert: [leaf, ...above].map(({ certificatePem }) => certificatePem).join(""),
  key: leaf.keyPem,
});
const shared = { minVersion: "TLSv1.3", rejectUnauthorized: false, allowPartialTrustChain: true } as const;

/** One handshake; both sockets are given to `look`, then closed. */
const meet = async <T>(
  serverPem: { cert: string; key: string },
  clientOptions: ConnectionOptions,
  look: (accepted: TLSSocket, connected: TLSSocket) => T,
  anchor: Made = ca,
): Promise<T> => {
  const ca = anchor.certificatePem;
  const listener = createServer({
    ...shared,
    ...serverPem,
    ca,
    requestCert: true,
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  listener.on("tlsClientError", () => undefined);
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const accepted = once(listener, "secureConnection") as Promise<[TLSSocket]>;
  const connected = connect({
    ...shared,
    ca,
    port: (listener.address() as AddressInfo).port,
    ...clientOptions,
  });
  connected.on("error", () => undefined);
  try {
    const [[socket]] = await Promise.all([accepted, once(connected, "secureConnect")]);
    socket.on("error", () => undefined);
    try {
      return look(socket, connected);
    } finally {
      socket.destroy();
    }
  } finally {
    connected.destroy();
    listener.close();
  }
};

const verdict = (judge: () => PeerIdentity): string => {
  try {
    return judge().subject;
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    return error.message;
  }
};

for (const { name, leaf, above, words } of clientCases(ca)) {
  test(`client certificate, ${name}: the same over a socket and by itself`, async () => {
    const question: Question = { purpose: "client", now: Date.now() };
    const chain = leaf === undefined ? [] : [leaf, ...above].map(({ der }) => der);
    const alone = verdict(() => judgeChain(chain, trusting(ca), question));
    const met = await meet(pemOf(server), leaf === undefined ? {} : pemOf(leaf, above), (accepted) =>
      verdict(() => judgeSocket(accepted, trusting(ca), question)),
    );
    if (words === undefined) assert.equal(alone, "CN=laptop");
    else assert.match(alone, words);
    assert.equal(met, alone);
  });
}

for (const { name, leaf, wanted, words } of serverCases(ca)) {
  test(`server certificate, ${name}: the same over a socket and by itself`, async () => {
    const question: Question = { purpose: "server", name: wanted, now: Date.now() };
    const alone = verdict(() => judgeChain([leaf.der], trusting(ca), question));
    const met = await meet(pemOf(leaf), pemOf(client), (_, connected) =>
      verdict(() => judgeSocket(connected, trusting(ca), question)),
    );
    if (words === undefined) assert.equal(alone, "CN=tokyo");
    else assert.match(alone, words);
    assert.equal(met, alone);
  });
}

test("an intermediate authority given as the only anchor is enough", async () => {
  const middle = makeCa("middle", longLived, ca);
  const leaf = makeClient(middle, longLived);
  const question: Question = { purpose: "client", now: Date.now() };
  const met = await meet(
    pemOf(server),
    pemOf(leaf, [middle]),
    (accepted) => verdict(() => judgeSocket(accepted, trusting(middle), question)),
    middle,
  );
  assert.equal(met, "CN=laptop");
});

test("what OpenSSL rejects is refused although ours would accept it", async () => {
  const other = makeCa("other", longLived);
  const trust: Trust = trusting(other);
  const question: Question = { purpose: "client", now: Date.now() };
  const met = await meet(pemOf(server), pemOf(makeClient(other, longLived)), (accepted) =>
    verdict(() => judgeSocket(accepted, trust, question)),
  );
  assert.match(met, /the client certificate CN=laptop was rejected by OpenSSL: UNABLE_TO_/);
});
