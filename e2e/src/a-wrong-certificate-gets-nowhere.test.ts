import assert from "node:assert/strict";
import { test } from "node:test";
import { DaemonProcess } from "./harness/daemon-process.ts";
import {
  backendTable,
  expectDone,
  Folder,
  makeCertificates,
  startClient,
  startServer,
  transports,
} from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

const leaf = (folder: Folder, name: string, ca: string, ...more: string[]): Promise<void> => {
  const certs = folder.file("certs");
  const signed = ["--cacert", `${certs}/${ca}.crt`, "--cakey", `${certs}/${ca}.key`, "-o", certs];
  return expectDone([
    "easycert",
    "gen",
    name,
    "--common-name",
    name,
    "--san",
    `DNS:${name}`,
    ...signed,
    ...more,
  ]);
};

test("TLS 1.2 is refused", { skip: needs("openssl") }, async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using _ = server.process;
  const certificate = [
    "-cert",
    folder.file("certs/client/client.crt"),
    "-key",
    folder.file("certs/client/client.key"),
  ];
  const { status, stderr } = await run("openssl", [
    "s_client",
    "-connect",
    server.address,
    "-tls1_2",
    ...certificate,
  ]);
  assert.notEqual(status, 0);
  assert.match(stderr, /protocol version/i);
});

// R04, R05: the server's certificate
for (const transport of transports)
  test(`${transport}: a server whose certificate bears another name never counts as up, and both sides say why`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    const server = await startServer(folder, { webtransport: transport === "webtransport" });
    await using serverProcess = server.process;
    const table = backendTable("local", server.reach(transport), "", transport).replace(
      'server_name = "localhost"',
      'server_name = "other.example"',
    );
    await using client = (await startClient(folder, table)).process;
    const down = await client.line((l) => l.msg === "backend" && l.status === "closed", "backend closed");
    assert.match(String(down.reason), /other\.example/);
    await serverProcess.line(
      ({ msg, reason }) => /^client (refused|left)$/.test(msg) && /other\.example/.test(String(reason)),
      "the server is told why as well",
    );
    assert.equal(
      client.lines.some(({ msg, status }) => msg === "backend" && status === "normal"),
      false,
    );
    assert.ok(serverProcess.running);
  });

for (const transport of transports)
  test(`${transport}: an IP literal needs an IP SAN`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await leaf(folder, "dnsonly", "ca", "--usage", "server");
    for (const { certificate, status } of [
      { certificate: "server", status: "normal" },
      { certificate: "dnsonly", status: "closed" },
    ]) {
      const file = await folder.write(
        `${certificate}.toml`,
        `listen_address = "127.0.0.1:0"\nwebtransport_address = "127.0.0.1:0"\nquic = true\nauth_cert = "certs/${certificate}/${certificate}.crt"\nauth_key = "certs/${certificate}/${certificate}.key"\nclient_ca = "certs/ca.crt"\n`,
      );
      await using server = new DaemonProcess(["server", "-c", file]);
      const table = backendTable("local", await server.listening(transport), "", transport).replace(
        'server_name = "localhost"\n',
        "",
      );
      await using client = (await startClient(folder, table)).process;
      const line = await client.line((l) => l.msg === "backend" && l.status !== "unknown", "backend's state");
      assert.equal(line.status, status, JSON.stringify(line));
    }
  });
