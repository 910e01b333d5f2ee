import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { hasCode } from "@octoproxy/lib/transport/conformance/expect";
import { parseEgressEntry } from "../config/egress-entry.ts";
import type { EgressConfig } from "../config/server-config.ts";
import { TargetDialer } from "./target-dialer.ts";

const signal = AbortSignal.timeout(60_000);
const peer = (name: string) => ({ subject: `CN=${name}`, fingerprint: "00", names: [] });
const egress = (lists: { deny?: string[]; allow?: string[] } = {}): EgressConfig => ({
  default: "allow",
  deny: (lists.deny ?? []).map((text) => parseEgressEntry(text)!),
  allow: (lists.allow ?? []).map((text) => parseEgressEntry(text)!),
});
const config = (server: EgressConfig, laptop?: EgressConfig) => ({
  egress: server,
  clients: [{ match: ["CN=laptop"], maxTunnels: undefined, egress: laptop }],
  connectTimeoutMs: 5_000,
  dnsServers: [],
});

test("targets are judged by the rules of their client, and by new ones after a reload", async () => {
  let accepted = 0;
  const listener = createServer((socket) => {
    accepted++;
    socket.on("error", () => {}).resume();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const dialer = new TargetDialer(config(egress(), egress({ deny: ["127.0.0.0/8"] })), () => []);
  const reach = async (host: string, name: string) => {
    const { stream, address } = await dialer.dial({ host, port }, peer(name), signal);
    stream.reset();
    return address;
  };
  assert.equal(await reach("127.0.0.1", "desktop"), `127.0.0.1:${port}`);
  await assert.rejects(reach("127.0.0.1", "laptop"), hasCode("TARGET_PROHIBITED"));
  await assert.rejects(reach("::ffff:127.0.0.1", "laptop"), hasCode("TARGET_PROHIBITED"));
  dialer.configure(config(egress({ deny: ["127.0.0.1"] }), egress({ allow: ["127.0.0.1"] })));
  assert.equal(await reach("127.0.0.1", "laptop"), `127.0.0.1:${port}`);
  await assert.rejects(reach("127.0.0.1", "desktop"), hasCode("TARGET_PROHIBITED"));
  assert.equal(accepted, 2);
  listener.close();
});

test("the server's own listener is never dialed", async () => {
  const listener = createServer(() => assert.fail("dialed"));
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const dialer = new TargetDialer(config(egress()), () => [`127.0.0.1:${port}`]);
  for (const host of ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "localhost", "0x7f.1"]) {
    await assert.rejects(dialer.dial({ host, port }, peer("laptop"), signal), (error: unknown) => {
      // `localhost` is ::1 as well, where nobody listens.
      hasCode(
        "TARGET_PROHIBITED",
        ...(host === "localhost" ? (["CONNECTION_REFUSED", "TARGET_UNROUTABLE"] as const) : []),
      )(error);
      return true;
    });
  }
  listener.close();
});
