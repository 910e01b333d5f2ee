import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "../../error/proxy-error.ts";
import { type Made, makeCa, makeClient, makeServer, trusting } from "../../tls/certificate.fixture.ts";
import { judgeChain } from "../../tls/judge.ts";
import { clientCases, longLived, serverCases } from "../../tls/peer-cases.fixture.ts";
import type { PeerIdentity } from "../transport.ts";
import type { QuicTls } from "./connect.ts";
import { testConnect, testListener } from "./testing/loopback.ts";

const ca = makeCa("octoproxy ca", longLived);
const trust = trusting(ca);

const tlsOf = (leaf: Made | undefined, above: readonly Made[] = []): QuicTls => ({
  ...(leaf === undefined
    ? {}
    : { cert: [leaf, ...above].map(({ certificatePem }) => certificatePem).join(""), key: leaf.keyPem }),
  ca: [ca.der],
});

interface Met {
  /** Who the server took the client for. */
  readonly accepted: PeerIdentity | undefined;
  /** What the client was told. */
  readonly here: ProxyError | undefined;
  /** What the server was told. */
  readonly there: ProxyError | undefined;
}

/** One connection; the judges are those of the product. */
const meet = async (server: QuicTls, client: QuicTls, serverName: string): Promise<Met> => {
  let accepted: PeerIdentity | undefined;
  const refused = Promise.withResolvers<ProxyError>();
  const listener = testListener(
    {
      connection: ({ peer }) => {
        accepted = peer;
      },
      tunnel: () => {},
      refused: (_, error) => refused.resolve(error),
    },
    {},
    { tls: server, judge: (chain) => judgeChain(chain, trust, { purpose: "client", now: Date.now() }) },
  );
  try {
    const judge = (chain: readonly Uint8Array[]): PeerIdentity =>
      judgeChain(chain, trust, { purpose: "server", name: serverName, now: Date.now() });
    const options = { tls: client, serverName, judge };
    const connection = await testConnect(listener.address, AbortSignal.timeout(10_000), {}, options);
    await connection.close();
    return { accepted, here: undefined, there: undefined };
  } catch (error) {
    assert.ok(error instanceof ProxyError, String(error));
    const there = error.code === "BACKEND_CERTIFICATE" ? undefined : await refused.promise;
    return { accepted, here: error, there };
  } finally {
    listener.destroy();
  }
};

const server = tlsOf(makeServer(ca, { ...longLived, names: [{ type: "DNS", value: "localhost" }] }));

for (const { name, leaf, above, words } of clientCases(ca)) {
  const outcome = words === undefined ? "accepted" : "refused, and both sides say why";
  test(`client certificate over QUIC, ${name}: ${outcome}`, async () => {
    const { accepted, here, there } = await meet(server, tlsOf(leaf, above), "localhost");
    if (words === undefined) {
      assert.deepEqual([accepted?.subject, here], ["CN=laptop", undefined]);
      return;
    }
    assert.equal(accepted, undefined);
    assert.deepEqual([here?.code, there?.code], ["CERTIFICATE_REFUSED", "CERTIFICATE_REFUSED"]);
    // rustls' words where it refused by alert, the judge's where rustls let it pass.
    for (const error of [here, there]) {
      assert.match(error?.message ?? "", new RegExp(`${words.source}|TLS alert \\d+`));
      assert.ok((error?.message.length ?? 0) > 20, String(error));
    }
  });
}

for (const { name, leaf, wanted, words } of serverCases(ca)) {
  test(`server certificate over QUIC, ${name}: ${words === undefined ? "accepted" : "refused"}`, async () => {
    const { accepted, here } = await meet(tlsOf(leaf), tlsOf(makeClient(ca, longLived)), wanted);
    if (words === undefined) {
      assert.deepEqual([accepted?.subject, here], ["CN=laptop", undefined]);
      return;
    }
    assert.equal(here?.code, "BACKEND_CERTIFICATE", String(here));
    assert.ok((here?.message.length ?? 0) > 20, String(here));
  });
}
