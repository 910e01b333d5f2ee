import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { makeCa, makeServer, signerOfMade, trusting } from "@octoproxy/lib/tls/certificate.fixture";
import { judgeChain } from "@octoproxy/lib/tls/judge";
import { longLived } from "@octoproxy/lib/tls/peer-cases.fixture";
import { readRevocationList } from "@octoproxy/lib/tls/x509/crl-codec";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { Connector, ConnectorListener } from "./connector.ts";
import { GuardedConnector, type LiveMaterial } from "./guarded-connector.ts";

const ca = makeCa("ca", longLived);
const server = makeServer(ca, longLived);
const dayMs = 86_400_000;

const listed = () => {
  const entry = { date: new Date(), reason: "keyCompromise" };
  const der = writeRevocationList(
    {
      thisUpdate: new Date(Date.now() - dayMs),
      nextUpdate: new Date(Date.now() + dayMs),
      number: 1n,
      revoked: new Map([[server.certificate.fields.serial, entry]]),
    },
    signerOfMade(ca),
  );
  return { ...trusting(ca), revocationLists: [readRevocationList(der)] };
};

class ScriptedConnector implements Connector {
  listener: ConnectorListener | undefined;
  readonly why = "a reason";
  readonly made: { connection: ClientConnection; ends: (ProxyError | undefined)[] }[] = [];
  whileConnecting = (): void => undefined;
  stopped = 0;

  make(): ClientConnection {
    const ends: (ProxyError | undefined)[] = [];
    const question = { purpose: "server", name: "tokyo.example", now: Date.now() } as const;
    const peer = judgeChain([server.der], trusting(ca), question);
    const connection = {
      peer,
      destroy: (error?: ProxyError) => ends.push(error),
    } as unknown as ClientConnection;
    this.made.push({ connection, ends });
    return connection;
  }

  async connect(): Promise<ClientConnection> {
    const connection = this.make();
    this.whileConnecting();
    return connection;
  }

  stop(): void {
    this.stopped++;
  }
}

const start = () => {
  const inner = new ScriptedConnector();
  const material = { trust: trusting(ca) } as LiveMaterial;
  return { inner, material, guarded: new GuardedConnector(inner, material) };
};
const signal = new AbortController().signal;

test("a connection whose server is revoked while it is made is ended and refused in words", async () => {
  const { inner, material, guarded } = start();
  assert.equal(await guarded.connect(signal), inner.made[0]!.connection);
  assert.equal(guarded.why, "a reason");
  inner.whileConnecting = () => {
    material.trust = listed();
  };
  await assert.rejects(guarded.connect(signal), (error) => {
    assert.ok(error instanceof ProxyError);
    assert.equal(error.code, "BACKEND_CERTIFICATE");
    assert.match(error.message, /the server certificate CN=tokyo was revoked on .* \(keyCompromise\)/);
    return true;
  });
  assert.equal(inner.made[1]!.ends.length, 1);
  assert.equal(inner.made[0]!.ends.length, 0);
});

test("one that was made in the background is not handed on", () => {
  const { inner, material, guarded } = start();
  const better: ClientConnection[] = [];
  const silent: ClientConnection[] = [];
  guarded.listener = { better: (one) => better.push(one), silent: (one) => silent.push(one) };
  const good = inner.make();
  inner.listener!.better(good);
  inner.listener!.silent(good);
  material.trust = listed();
  inner.listener!.better(inner.make());
  assert.deepEqual(better, [good]);
  assert.deepEqual(silent, [good]);
  assert.equal(inner.made[1]!.ends.length, 1);
  guarded.stop();
  assert.equal(inner.stopped, 1);
});
