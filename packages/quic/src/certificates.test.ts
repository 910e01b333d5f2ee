import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QuicEndpoint } from "./endpoint.ts";
import { QuicClient, QuicServer, type ServerOptions } from "./options.ts";
import { QuicError } from "./quic-error.ts";
import { Authority, type Identity, noOpenssl } from "./testing/authority.ts";
import { alpn, credentials, echo, roundTrip } from "./testing/pair.ts";

interface Attempt {
  readonly server?: Partial<ServerOptions>;
  readonly client?: Identity | undefined;
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  readonly ca?: string;
}

interface Outcome {
  /** What `connect` said, and what the server was told; nothing where it worked. */
  readonly here: QuicError | undefined;
  readonly there: QuicError | undefined;
}

const attempt = async (what: Attempt): Promise<Outcome> => {
  const { authority, server, client } = credentials();
  const refused = Promise.withResolvers<QuicError>();
  await using listening = new QuicEndpoint(
    {
      address: "127.0.0.1:0",
      server: new QuicServer({ ...server, ca: authority.cert, alpn, ...what.server }),
    },
    { connection: (connection) => connection.use({ stream: echo }), refused: refused.resolve },
  );
  await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
  const own = "client" in what ? what.client : client;
  const settings = new QuicClient({ ...own, ca: what.ca ?? authority.cert, alpn: what.alpn ?? alpn });
  try {
    const connection = await endpoint.connect(settings, listening.address, what.serverName ?? "localhost");
    assert.equal((await roundTrip(connection, Buffer.from("hello"))).toString(), "hello");
    return { here: undefined, there: undefined };
  } catch (error) {
    assert.ok(error instanceof QuicError, String(error));
    return { here: error, there: await refused.promise };
  }
};

const day = 86_400_000;
const stamp = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;

/** Both sides say the alert, one that it refused, the other that it was refused, and both have rustls' words. */
const bothSay = (
  { here, there }: Outcome,
  alert: number,
  words: RegExp,
  refuser: "client" | "server",
): void => {
  assert.deepEqual([here?.alert, there?.alert], [alert, alert]);
  const [mine, theirs] = refuser === "client" ? [here, there] : [there, here];
  assert.deepEqual([mine?.code, theirs?.code], ["REFUSED", "REFUSED_BY_PEER"]);
  assert.match(mine?.message ?? "", words);
  assert.match(theirs?.message ?? "", words);
};

describe("certificates over QUIC", { skip: noOpenssl }, () => {
  test("an IP literal against an IP SAN; without one it is refused", async () => {
    assert.equal((await attempt({ serverName: "127.0.0.1" })).here, undefined);
    const dnsOnly = credentials().authority.issue("dns only", { names: ["DNS:localhost"] });
    assert.equal((await attempt({ server: dnsOnly })).here, undefined);
    bothSay(
      await attempt({ server: dnsOnly, serverName: "127.0.0.1" }),
      42,
      /NotValidForName|not valid for name/,
      "client",
    );
    bothSay(
      await attempt({ serverName: "elsewhere.test" }),
      42,
      /NotValidForName|not valid for name/,
      "client",
    );
  });

  test("no certificate: 116, and connect does not resolve", async () => {
    bothSay(await attempt({ client: undefined }), 116, /no certificates/, "server");
  });

  test("another authority: 48, on either side", async () => {
    const other = new Authority("Other CA");
    try {
      bothSay(await attempt({ client: other.issue("intruder") }), 48, /UnknownIssuer/, "server");
      bothSay(await attempt({ ca: other.cert }), 48, /UnknownIssuer/, "client");
    } finally {
      other.dispose();
    }
  });

  test("expired, not yet valid: 45, on either side", async () => {
    const { authority } = credentials();
    const past = { from: "20200101000000Z", to: stamp(Date.now() - day) };
    const future = { from: stamp(Date.now() + day), to: stamp(Date.now() + 2 * day) };
    for (const [dates, words] of [
      [past, /expired/i],
      [future, /not valid yet|NotValidYet/i],
    ] as const) {
      bothSay(await attempt({ client: authority.issue("client", dates) }), 45, words, "server");
      const server = authority.issue("server", { ...dates, names: ["DNS:localhost"] });
      bothSay(await attempt({ server }), 45, words, "client");
    }
  });

  test("a certificate for the other purpose: 43", async () => {
    const { authority } = credentials();
    const serverOnly = authority.issue("server only", { usage: ["serverAuth"] });
    bothSay(await attempt({ client: serverOnly }), 43, /purpose|Ext|key usage/i, "server");
  });

  test("revoked: 44; an outdated list is believed unless it must not be", async () => {
    const authority = new Authority();
    try {
      const server = { ...authority.issue("server", { names: ["DNS:localhost"] }), ca: authority.cert };
      const [good, bad] = [authority.issue("good"), authority.issue("bad")];
      authority.revoke(bad);
      const ca = authority.cert;
      const crl = authority.crl();
      bothSay(await attempt({ ca, server: { ...server, crl }, client: bad }), 44, /revoked/i, "server");
      assert.equal((await attempt({ ca, server: { ...server, crl }, client: good })).here, undefined);
      const old = authority.crl({ outdated: true });
      assert.equal((await attempt({ ca, server: { ...server, crl: old }, client: good })).here, undefined);
      const strict = { ...server, crl: old, enforceCrlExpiry: true };
      const refused = await attempt({ ca, server: strict, client: good });
      assert.match(refused.here?.message ?? "", /expired/i);
    } finally {
      authority.dispose();
    }
  });

  test("no protocol in common: 120 at once", async () => {
    bothSay(await attempt({ alpn: ["something/else"] }), 120, /application.protocol/i, "server");
  });

  test("a server that takes any client asks for no certificate", async () => {
    assert.equal((await attempt({ client: undefined, server: { anyClient: true } })).here, undefined);
  });

  test("certificate, trust and lists are swapped on a live endpoint; nobody resumes past a revocation", async () => {
    const authority = new Authority();
    try {
      const [first, second] = ["first", "second"].map((name) =>
        authority.issue(name, { names: ["DNS:localhost"] }),
      );
      const client = authority.issue("client");
      const base = { ca: authority.cert, alpn };
      await using listening = new QuicEndpoint(
        { address: "127.0.0.1:0", server: new QuicServer({ ...base, ...first! }) },
        { connection: (connection) => connection.use({ stream: echo }) },
      );
      await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
      const settings = new QuicClient({ ...base, ...client });
      const connect = () => endpoint.connect(settings, listening.address, "localhost");
      const before = await connect();
      listening.setServer(new QuicServer({ ...base, ...second! }));
      const after = await connect();
      assert.notDeepEqual(before.peerCertificates, after.peerCertificates);
      assert.equal((await roundTrip(before, Buffer.from("still"))).toString(), "still");
      authority.revoke(client);
      listening.setServer(new QuicServer({ ...base, ...second!, crl: authority.crl() }));
      await assert.rejects(connect(), { code: "REFUSED_BY_PEER", alert: 44 });
    } finally {
      authority.dispose();
    }
  });

  test("what cannot be used is said before anything is sent", () => {
    const { authority, server, client } = credentials();
    const make = (options: object) => () => new QuicClient({ alpn, ca: authority.cert, ...options });
    assert.throws(make({ cert: client.cert, key: server.key }), { code: "BAD_OPTION" });
    assert.throws(make({ cert: client.cert }), /cert and key belong together/);
    assert.throws(make({ cert: "nonsense", key: client.key }), /cert holds neither PEM nor DER/);
    assert.throws(make({ ...client, key: "nonsense" }), /key holds no private key/);
    assert.throws(make({ ...client, crl: authority.cert }), /crl holds no X509 CRL/);
    assert.throws(() => new QuicClient({ alpn }), /no usable certificate authority/);
  });
});
