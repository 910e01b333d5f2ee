import assert from "node:assert/strict";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { Connection } from "@octoproxy/lib/transport/transport";
import fc from "fast-check";
import { Admission } from "./admission.ts";

const client = (fingerprint: string) => ({ subject: `CN=${fingerprint}`, fingerprint, names: [] });
const code = (wanted: string) => (error: unknown) => error instanceof ProxyError && error.code === wanted;

test("each certificate has its own limit of tunnels", () => {
  const admission = new Admission({ maxConnections: 1, maxTunnelsOf: () => 2 });
  admission.enterTunnel(client("a"));
  admission.enterTunnel(client("a"));
  assert.throws(() => admission.enterTunnel(client("a")), code("CLIENT_LIMIT"));
  admission.enterTunnel(client("b"));
  admission.leaveTunnel(client("a"));
  admission.enterTunnel(client("a"));
  assert.equal(admission.tunnels, 3);
});

test("a client may have a limit of its own", () => {
  const maxTunnelsOf = ({ fingerprint }: { fingerprint: string }) => (fingerprint === "a" ? 1 : 2);
  const admission = new Admission({ maxConnections: 1, maxTunnelsOf });
  admission.enterTunnel(client("a"));
  assert.throws(() => admission.enterTunnel(client("a")), code("CLIENT_LIMIT"));
  admission.enterTunnel(client("b"));
  admission.enterTunnel(client("b"));
});

test("a connection counts until it is closed", async () => {
  const admission = new Admission({ maxConnections: 1, maxTunnelsOf: () => 2 });
  const closed = Promise.withResolvers<undefined>();
  admission.connection({ closed: closed.promise } as unknown as Connection);
  assert.throws(
    () => admission.connection({ closed: closed.promise } as unknown as Connection),
    code("CLIENT_LIMIT"),
  );
  closed.resolve(undefined);
  await closed.promise;
  admission.connection({ closed: new Promise(() => undefined) } as unknown as Connection);
});

test("a draining server takes nothing more", () => {
  const admission = new Admission({ maxConnections: 9, maxTunnelsOf: () => 9 });
  admission.drain();
  assert.throws(() => admission.enterTunnel(client("a")), code("DRAINING"));
  assert.equal(admission.tunnels, 0);
});

test("whatever comes and goes, the counts end where they began", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c")), fc.integer({ min: 1, max: 4 }), (names, limit) => {
      const admission = new Admission({ maxConnections: 1, maxTunnelsOf: () => limit });
      const inside = names.filter((name) => {
        try {
          admission.enterTunnel(client(name));
          return true;
        } catch {
          return false;
        }
      });
      assert.equal(admission.tunnels, inside.length);
      for (const name of inside) admission.leaveTunnel(client(name));
      assert.equal(admission.tunnels, 0);
    }),
  );
});

test("whoever is turned away by a limit is told to the one who can make room", () => {
  const full: (string | undefined)[] = [];
  const limits = { maxConnections: 0, maxTunnelsOf: () => 0 };
  const admission = new Admission(limits, (wanting) => full.push(wanting?.fingerprint));
  assert.throws(() => admission.connection({} as Connection), code("CLIENT_LIMIT"));
  assert.throws(() => admission.enterTunnel(client("a")), code("CLIENT_LIMIT"));
  admission.drain();
  assert.throws(() => admission.enterTunnel(client("a")), code("DRAINING"));
  assert.deepEqual(full, [undefined, "a"]);
});
