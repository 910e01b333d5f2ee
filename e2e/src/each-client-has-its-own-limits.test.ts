import assert from "node:assert/strict";
import { test } from "node:test";
import { askAdmin, sampleOf } from "./harness/admin.ts";
import { TestAuthority } from "./harness/authority.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";

const rulesOfClients = (allowed: string): string => `metric_address = "127.0.0.1:0"
max_tunnels_per_client = 5

[[clients]]
match = "CN=lab-*"
max_tunnels = 2

[[clients]]
match = ["DNS:*.guests.test", "CN=somebody"]
[clients.egress]
default = "deny"
allow = ["${allowed}"]
`;

for (const transport of everydayTransports) {
  test(`${transport}: a certificate's subject or SAN decides on limits and egress, and names its tunnels in log and metrics`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const authority = new TestAuthority(folder);
    await authority.sign("lab-7", "client");
    await authority.sign("visitor", "client", "--san", "DNS:visitor.guests.test");
    await using target = await EchoTarget.start();
    await using another = await EchoTarget.start();
    const server = await startServer(folder, { extra: rulesOfClients(another.address) });
    await using daemon = server.process;
    const admin = await daemon.listening("admin");
    const names = ["client", "lab-7", "visitor"] as const;
    const rule = (name: string) => `["*.${name}.test"]\nrewrite = "127.0.0.1"\nbackend = "${name}"\n`;
    await folder.write("rules.toml", names.map(rule).join(""));
    const table = (name: string) =>
      backendTable(name, server.address, "", transport).replaceAll(
        "certs/client/client",
        `certs/${name}/${name}`,
      );
    const toml = `host_rule = "rules.toml"\n${names.map(table).join("")}`;
    const { process: client, proxy } = await startClient(folder, toml);
    await using _client = client;
    for (const name of names) {
      await client.line(
        ({ msg, backend, status }) => msg === "backend" && backend === name && status === "normal",
        name,
      );
    }
    const targetOf = (name: string, { address } = target) => address.replace("127.0.0.1", `a.${name}.test`);
    const refused = async (name: string, status: number, words: RegExp): Promise<void> => {
      const answer = await connectThrough(proxy, targetOf(name));
      answer.socket.destroy();
      assert.equal(answer.status, status, answer.head);
      assert.match(answer.head, words);
    };

    // Limits: by the subject's pattern two, for all others five.
    using lab = await HeldTunnels.open(proxy, targetOf("lab-7"), 2);
    await refused("lab-7", 503, /limit/i);
    using own = await HeldTunnels.open(proxy, targetOf("client"), 5);
    await refused("client", 503, /limit/i);
    await lab.echo();
    await own.echo();
    // Egress: by the SAN's pattern nothing but one address.
    using visitor = await HeldTunnels.open(proxy, targetOf("visitor", another), 1);
    await visitor.echo();
    await refused("visitor", 403, /destination_ip_prohibited|denied|not allowed|egress|policy/i);

    // Names, in the log and in metrics.
    const line = await daemon.line(
      ({ msg, client: who, end }) => msg === "tunnel" && who === "CN=visitor" && end === "TARGET_PROHIBITED",
      "the refused tunnel with its client",
    );
    assert.match(String(line.target), /^127\.0\.0\.1:/);
    const metrics = (await askAdmin(admin, "/metrics")).text;
    assert.equal(sampleOf(metrics, 'octoproxy_tunnels_active{client="CN=lab-7"}'), 2);
    assert.equal(sampleOf(metrics, 'octoproxy_tunnels_active{client="CN=client"}'), 5);
    assert.equal(sampleOf(metrics, 'octoproxy_tunnels_total{client="CN=visitor",outcome="refused"}'), 1);
    const tunnels = (await askAdmin(admin, "/api/v1/tunnels")).json<{ client: string }[]>();
    assert.deepEqual(tunnels.map(({ client: who }) => who).sort(), [
      ...Array(5).fill("CN=client"),
      ...Array(2).fill("CN=lab-7"),
      "CN=visitor",
    ]);
  });
}
