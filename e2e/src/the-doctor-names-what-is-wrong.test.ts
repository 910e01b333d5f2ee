import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { backendTable, Folder, makeCertificates, octoproxy, startServer } from "./harness/pair.ts";

interface Found {
  readonly state: string;
  readonly check: string;
  readonly message: string;
  readonly advice?: string;
}

/** What the doctor finds with one backend table. */
const examine = async (folder: Folder, table: string): Promise<{ status: number | null; found: Found[] }> => {
  const file = await folder.write(
    "client.toml",
    `listen_address = "127.0.0.1:${await freePort()}"\nmetric_address = "off"\n${table}`,
  );
  const { status, stdout, stderr } = await octoproxy(["doctor", "-c", file, "--json"]);
  assert.equal(stderr, "");
  return { status, found: JSON.parse(stdout.toString()) as Found[] };
};
const named = (found: readonly Found[], check: string): Found => {
  const one = found.find((finding) => finding.check === check);
  assert.ok(one, `no ${check} in ${JSON.stringify(found)}`);
  return one;
};

test("a backend that works passes over both", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using _ = server.process;
  await server.process.listening("quic");
  const table = backendTable("local", server.address).replace('"http2"', '"auto"');
  const { status, found } = await examine(folder, table);
  assert.equal(status, 0, JSON.stringify(found));
  for (const check of ["local, tcp", "local, udp", "local, mtu", "local, windows"]) {
    assert.equal(named(found, check).state, "PASS", JSON.stringify(named(found, check)));
  }
});

test("a name that the certificate does not bear, an authority that is another's, and a refusal", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using _ = server.process;
  await server.process.listening("quic");
  const good = backendTable("local", server.address);
  const name = await examine(folder, good.replace('"localhost"', '"other.example"'));
  assert.equal(name.status, 1);
  assert.match(named(name.found, "local, tcp").message, /bears .*, not other\.example/);
  assert.match(named(name.found, "local, tcp").advice ?? "", /^set server_name/);

  await using foreign = await Folder.make();
  await makeCertificates(foreign);
  for (const [protocol, check] of [
    ["http2", "local, tcp"],
    ["quic", "local, udp"],
  ] as const) {
    const table = good.replace('"http2"', `"${protocol}"`);
    const ca = await examine(folder, table.replace("certs/ca.crt", foreign.file("certs/ca.crt")));
    assert.equal(named(ca.found, check).state, "FAIL");
    assert.match(named(ca.found, check).advice ?? "", /^cacert must be/, named(ca.found, check).message);
    const refused = await examine(foreign, table.replace("certs/ca.crt", folder.file("certs/ca.crt")));
    assert.equal(named(refused.found, check).state, "FAIL");
    assert.match(named(refused.found, check).advice ?? "", /^client_ca of the server/);
  }
});

test("nothing there, something else there, and UDP that is swallowed", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const closed = await examine(folder, backendTable("local", `127.0.0.1:${await freePort()}`));
  assert.equal(closed.status, 1);
  assert.match(named(closed.found, "local, tcp").advice ?? "", /^start the server/);
  const webTransport = backendTable("local", `127.0.0.1:${await freePort()}`).replace(
    '"http2"',
    '"webtransport"',
  );
  const sessions = await examine(folder, webTransport);
  assert.equal(named(sessions.found, "local, webtransport").state, "FAIL");
  assert.ok(named(sessions.found, "local, webtransport").advice);

  const unknown = await examine(folder, backendTable("local", "no-such-name.invalid:8443"));
  assert.equal(named(unknown.found, "local, tcp").state, "FAIL");

  const plain = createServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-other\r\n"));
  plain.listen(0, "127.0.0.1");
  await once(plain, "listening");
  const { port } = plain.address() as { port: number };
  const other = await examine(folder, backendTable("local", `127.0.0.1:${port}`));
  assert.equal(named(other.found, "local, tcp").state, "FAIL");
  plain.close();

  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const table = backendTable("local", `127.0.0.1:${silent.address().port}`).replace('"http2"', '"quic"');
  const swallowed = await examine(folder, table);
  assert.equal(named(swallowed.found, "local, udp").state, "FAIL");
  assert.match(named(swallowed.found, "local, udp").advice ?? "", /^open UDP \d+ on the server's firewall/);
  silent.close();
});
