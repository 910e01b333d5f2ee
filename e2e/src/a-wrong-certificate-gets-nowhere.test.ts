import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
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
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { wordsOfRefusal } from "./harness/without-certificate.ts";

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

/** The two log lines that must tell the reason: the client's about its backend, the server's about its visitor. */
const bothSidesSay = async (client: DaemonProcess, server: DaemonProcess, words: RegExp): Promise<void> => {
  const down = await client.line((l) => l.msg === "backend" && l.status === "closed", "backend closed");
  assert.match(String(down.reason), words);
  const refused = await server.line((l) => l.msg === "client refused", "client refused");
  assert.match(String(refused.reason), words);
  assert.equal(
    client.lines.some((l) => l.msg === "backend" && l.status === "normal"),
    false,
  );
};

// R04: the client's certificate
for (const transport of transports)
  test(`${transport}: a client certificate of another CA opens no tunnel, and both sides say why`, async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await expectDone(["easycert", "ca", "other", "--common-name", "other ca", "-o", folder.file("certs")]);
    await leaf(folder, "wrong", "other", "--usage", "client");
    const server = await startServer(folder, { webtransport: transport === "webtransport" });
    await using serverProcess = server.process;
    const table = backendTable("local", server.reach(transport), "", transport).replaceAll(
      "certs/client/client",
      "certs/wrong/wrong",
    );
    const client = await startClient(folder, table);
    await using clientProcess = client.process;
    const words = transport === "quic" ? /unknown ?(authority|issuer|ca)/i : /unknown authority/i;
    await bothSidesSay(clientProcess, serverProcess, words);
    const answer = await connectThrough(client.proxy, "127.0.0.1:9");
    assert.equal(answer.status, 503, answer.head);
    assert.match(answer.head, /no backend is up \(local: /i);
    assert.match(answer.head, words);
    answer.socket.destroy();
  });

test("no certificate, a self-signed one, one for servers: a plain HTTP/2 client is told why", {
  skip: needs("openssl"),
}, async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using serverProcess = server.process;
  assert.match(await wordsOfRefusal(server.address), /no certificate/i);
  const self = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    "/CN=self",
  ];
  const files = ["-keyout", folder.file("self.key"), "-out", folder.file("self.crt")];
  assert.equal((await run("openssl", [...self, "-days", "2", ...files])).status, 0);
  await leaf(folder, "servers", "ca", "--usage", "server");
  const pem = async (name: string) => ({
    cert: await readFile(folder.file(`${name}.crt`)),
    key: await readFile(folder.file(`${name}.key`)),
  });
  assert.match(
    await wordsOfRefusal(server.address, await pem("certs/servers/servers")),
    /clientAuth|for servers/i,
  );
  assert.match(await wordsOfRefusal(server.address, await pem("self")), /self-signed|unknown authority/i);
  await serverProcess.line(
    (l) => l.msg === "client refused" && /self-signed|unknown authority/i.test(String(l.reason)),
    "reason",
  );
});

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
  test(`${transport}: a server whose certificate bears another name never counts as up`, async () => {
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

test("no certificate, a self-signed one, one for servers: a visitor over QUIC is told why, and so is the log", {
  skip: needs("openssl"),
}, async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using serverProcess = server.process;
  const self = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    "/CN=self",
  ];
  const files = ["-keyout", folder.file("self.key"), "-out", folder.file("self.crt")];
  assert.equal((await run("openssl", [...self, "-days", "2", ...files])).status, 0);
  await leaf(folder, "servers", "ca", "--usage", "server");
  const ca = folder.file("certs/ca.crt");
  const own = (name: string) => ({ ca, cert: folder.file(`${name}.crt`), key: folder.file(`${name}.key`) });
  for (const [visitor, words] of [
    [{ ca }, /certificate required|no certificate|TLS alert 116/i],
    [own("self"), /unknown ?(authority|issuer|ca)|self-signed|CaUsedAsEndEntity|TLS alert/i],
    [own("certs/servers/servers"), /clientAuth|for servers|purpose|usage|TLS alert 43/i],
  ] as const) {
    const before = serverProcess.lines.length;
    await assert.rejects(visitByQuic(server.address, visitor), (error) => {
      assert.ok(error instanceof ProxyError);
      assert.equal(error.code, "CERTIFICATE_REFUSED", error.message);
      assert.match(error.message, words);
      return true;
    });
    const refused = await serverProcess.line(({ msg }) => msg === "client refused", "client refused", before);
    assert.ok(String(refused.reason).length > 20, String(refused.reason));
  }
  assert.equal(
    serverProcess.lines.some(({ msg }) => msg === "client connected"),
    false,
  );
});
