import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import type { TlsIdentity } from "../tls-identity.ts";
import { exchangeIdentity, type ServerListener } from "./open-listeners.ts";

const identity = (name: string): TlsIdentity =>
  ({ secureContext: name, quicTls: name, allowAnyClient: false }) as unknown as TlsIdentity;

/** A listener that notes what it was given, and takes some things not. */
const listenerOf = (protocol: "http2" | "quic", given: string[], refuses?: string): ServerListener => {
  const take = (name: string): void => {
    if (name === refuses) throw new Error("unsupported key");
    given.push(name);
  };
  return { protocol, setTls: take, setSecureContext: take } as unknown as ServerListener;
};

test("all listeners get the new identity, or none keeps it", () => {
  const [tcp, udp]: [string[], string[]] = [[], []];
  const all = [listenerOf("http2", tcp), listenerOf("quic", udp, "odd")];
  exchangeIdentity(all, identity("new"), identity("old"), "server.toml");
  assert.deepEqual([tcp, udp], [["new"], ["new"]]);
  assert.throws(
    () => exchangeIdentity(all, identity("odd"), identity("new"), "server.toml"),
    (error) =>
      error instanceof ConfigError &&
      /^TLS does not take the certificate and its key: unsupported key$/.test(error.faults[0]!.message),
  );
  assert.deepEqual([tcp.at(-1), udp.at(-1)], ["new", "new"]);
});
