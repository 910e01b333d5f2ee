import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { suite, type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { askAdmin, until } from "./harness/admin.ts";
import { TestAuthority } from "./harness/authority.ts";
import { DaemonProcess, type LogLine } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import {
  backendTable,
  Folder,
  makeCertificates,
  startClient,
  startServer,
  type TransportName,
  transports,
} from "./harness/pair.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough, hostAndPort } from "./harness/raw-tunnel.ts";
import { visitByWebTransport } from "./harness/webtransport-visitor.ts";
import { wordsOfRefusal } from "./harness/without-certificate.ts";

// R33

const revokedWords = /was revoked on \d{4}-\d\d-\d\d .*keyCompromise/;

const isBackend =
  (status: string) =>
  ({ msg, status: now }: LogLine): boolean =>
    msg === "backend" && now === status;

/** All of them are cut with a reset. */
const reset = async (held: HeldTunnels, count: number): Promise<void> => {
  await until(
    async () => held.count("reset"),
    (now) => now === count,
    "tunnels reset",
  );
  assert.equal(held.count("end"), 0, "a cut tunnel must not look like one that ended");
};

interface Kept {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly session?: Buffer;
}

/** Connects, perhaps with what was kept of an earlier connection. @returns what can be kept of this one */
const visitByTls = async (address: string, kept: Kept): Promise<{ reused: boolean; kept: Kept }> => {
  const socket = connect({
    ...hostAndPort(address),
    ...kept,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2"],
  });
  const sessions: Buffer[] = [];
  socket.on("session", (session) => sessions.push(session));
  await once(socket, "data"); // the server's SETTINGS, after whatever it gives for resumption
  const reused = socket.isSessionReused();
  socket.destroy();
  const { cert, key } = kept;
  return { reused, kept: { cert, key, ...(sessions[0] === undefined ? {} : { session: sessions[0] }) } };
};

const clients = ["client", "second", "foreign"] as const;

/** One daemon with a backend for each certificate, two of one authority and one of another; names choose among them. */
const startVisitors = async (folder: Folder, address: string, transport: TransportName) => {
  const rule = (name: string) => `["${name}.test"]\nrewrite = "127.0.0.1"\nbackend = "${name}"\n`;
  await folder.write("rules.toml", clients.map(rule).join(""));
  const table = (name: string) =>
    backendTable(name, address, "", transport).replaceAll("certs/client/client", `certs/${name}/${name}`);
  const toml = `host_rule = "rules.toml"\n${clients.map(table).join("")}`;
  const { process, proxy } = await startClient(folder, toml.replaceAll("certs/ca.crt", "certs/trusted.crt"));
  for (const name of clients) {
    await process.line((line) => isBackend("normal")(line) && line.backend === name, `${name} is up`);
  }
  return { process, proxy };
};

const refusedNow = async (
  address: string,
  transport: TransportName,
  authority: TestAuthority,
  name: string,
) => {
  const { cert, key } = authority.files(name);
  if (transport === "http2") {
    return wordsOfRefusal(address, { cert: await readFile(cert), key: await readFile(key) });
  }
  const ca = new TestAuthority(authority.folder).certificate;
  const visit = transport === "quic" ? visitByQuic : visitByWebTransport;
  const error = await visit(address, { ca, cert, key }).then(
    () => assert.fail("it was let in"),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ProxyError);
  assert.equal(error.code, "CERTIFICATE_REFUSED", error.message);
  return error.message;
};

const clientIsRevoked = async (t: TestContext, transport: TransportName, how: "noticed" | "SIGHUP") => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const [ca, other] = [new TestAuthority(folder), await TestAuthority.make(folder, "other")];
  await ca.sign("second", "client");
  await other.sign("foreign", "client");
  await ca.writeList();
  await copyFile(ca.certificate, folder.file("certs/trusted.crt"));
  await folder.write(
    "certs/both.crt",
    (await readFile(ca.certificate, "utf8")) + (await readFile(other.certificate, "utf8")),
  );
  const file = await folder.write(
    "server.toml",
    'listen_address = "127.0.0.1:0"\nquic = true\nwebtransport_address = "127.0.0.1:0"\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/both.crt"\nclient_crl = "certs/ca.crl"\n',
  );
  await using server = new DaemonProcess(["server", "-c", file]);
  const address = await server.listening("quic");
  const reached = transport === "quic" ? address : await server.listening(transport);
  const { process: visitors, proxy } = await startVisitors(folder, reached, transport);
  await using _visitors = visitors;
  await using target = await EchoTarget.start();
  const targetOf = (name: (typeof clients)[number]) => target.address.replace("127.0.0.1", `${name}.test`);
  using first = await HeldTunnels.open(proxy, targetOf("client"), 3);
  using second = await HeldTunnels.open(proxy, targetOf("second"), 2);
  using foreign = await HeldTunnels.open(proxy, targetOf("foreign"), 2);
  for (const held of [first, second, foreign]) await held.echo();
  const { cert: ownCert, key: ownKey } = ca.files("client");
  const own = { cert: await readFile(ownCert), key: await readFile(ownKey) };
  const { kept } = await visitByTls(address, own);
  assert.equal((await visitByTls(address, kept)).reused, false, "nothing is resumed, whatever was kept");

  // Revoked while its tunnels are open.
  const since = server.lines.length;
  const startedAt = performance.now();
  await ca.revoke("client");
  const revokedAt = performance.now();
  if (how === "SIGHUP") server.kill("SIGHUP");
  await reset(first, 3);
  t.diagnostic(
    `tunnels ended ${Math.round(performance.now() - revokedAt)} ms after the list was written (${Math.round(revokedAt - startedAt)} ms)`,
  );
  const ended = await server.line(
    ({ msg }) => msg === "connection ended, the client's certificate is revoked",
    "the end of its connection",
    since,
  );
  assert.match(String(ended.reason), revokedWords);
  assert.equal(ended.client, "CN=client");
  assert.equal(ended.tunnels, 3);
  const down = await visitors.line(
    (line) => isBackend("closed")(line) && /revoked/i.test(String(line.reason)),
    "the client hears why",
  );
  assert.equal(down.code, "CERTIFICATE_REFUSED");
  assert.equal(down.backend, "client");
  const answer = await connectThrough(proxy, targetOf("client"));
  answer.socket.destroy();
  assert.equal(answer.status, 503);
  assert.match(answer.head, /revoked/i);

  // Nobody gets round it, and the others stay.
  assert.match(await refusedNow(reached, transport, ca, "client"), /revoked/i);
  if (transport === "http2") assert.match(await wordsOfRefusal(address, { ...kept }), revokedWords);
  await second.echo();
  await foreign.echo();
  assert.deepEqual([second.count("open"), foreign.count("open")], [2, 2]);
  using more = await HeldTunnels.open(proxy, targetOf("foreign"), 1);
  await more.echo();

  // An expired list keeps everybody of that authority out, and nobody of the other one. Who is in stays.
  const before = server.lines.length;
  await ca.writeExpiredList();
  const noticed = ({ msg }: LogLine): boolean => msg === "changed certificate files taken over";
  await server.line(noticed, "the expired list is taken over", before);
  await server.line(
    ({ msg, level }) => level === "error" && /ca\.crl, the revocation list of .* has ended/.test(msg),
    "that it has ended",
    before,
  );
  const words = await refusedNow(reached, transport, ca, "second");
  if (transport !== "quic") assert.match(words, /cannot be checked: the revocation list of .* expired on/);
  const { cert, key } = other.files("foreign");
  const visit = await visitByQuic(address, { ca: ca.certificate, cert, key });
  await visit.close();
  await second.echo();
  await foreign.echo();

  // Written anew it lets them in again.
  const renewed = server.lines.length;
  await ca.writeList();
  await server.line(noticed, "the new list is taken over", renewed);
  const back = ca.files("second");
  const again = await visitByQuic(address, { ca: ca.certificate, cert: back.cert, key: back.key });
  await again.close();
};

suite("revocation", { concurrency: 3 }, () => {
  for (const transport of transports) {
    test(`${transport}: a client whose certificate is revoked loses its tunnels and comes in no more`, (t) =>
      clientIsRevoked(t, transport, transport === "http2" ? "noticed" : "SIGHUP"));

    test(`${transport}: a server whose certificate is revoked loses its tunnels, and none is offered to it`, async (t) => {
      await using folder = await Folder.make();
      await makeCertificates(folder);
      const ca = new TestAuthority(folder);
      await ca.sign("fallen", "server");
      await ca.writeList();
      const good = await startServer(folder, { name: "good", webtransport: true });
      await using _good = good.process;
      const file = await folder.write(
        "bad.toml",
        'listen_address = "127.0.0.1:0"\nquic = true\nwebtransport_address = "127.0.0.1:0"\nauth_cert = "certs/fallen/fallen.crt"\nauth_key = "certs/fallen/fallen.key"\nclient_ca = "certs/ca.crt"\n',
      );
      await using bad = new DaemonProcess(["server", "-c", file]);
      const crl = 'crl = "certs/ca.crl"';
      const tables = [
        backendTable("good", good.reach(transport), crl, transport),
        backendTable("bad", await bad.listening(transport), crl, transport),
      ];
      const head = 'metric_address = "127.0.0.1:0"\nbalance = "round_robin"\n';
      const { process: client, proxy } = await startClient(folder, head + tables.join(""));
      await using _client = client;
      const admin = await client.listening("admin");
      const isUp = (name: string) => (line: LogLine) => isBackend("normal")(line) && line.backend === name;
      for (const name of ["good", "bad"]) await client.line(isUp(name), `${name} is up`);
      await using target = await EchoTarget.start();
      using held = await HeldTunnels.open(proxy, target.address, 6);
      await held.echo();

      const since = client.lines.length;
      await ca.revoke("fallen");
      const revokedAt = performance.now();
      await reset(held, 3);
      t.diagnostic(
        `tunnels ended ${Math.round(performance.now() - revokedAt)} ms after the list was written`,
      );
      const ended = await client.line(
        ({ msg }) => msg === "connection ended, the server's certificate is revoked",
        "the end of its connection",
        since,
      );
      assert.equal(ended.backend, "bad");
      assert.equal(ended.tunnels, 3);
      assert.match(String(ended.reason), revokedWords);
      const down = await client.line(isBackend("closed"), "the backend is down", since);
      assert.equal(down.code, "BACKEND_CERTIFICATE");
      assert.match(String(down.reason), revokedWords);

      using more = await HeldTunnels.open(proxy, target.address, 4);
      await more.echo();
      await held.echo();
      const view = (await askAdmin(admin, "/api/v1/backends/bad")).json<{
        status: string;
        tunnels_active: number;
        last_error: { message: string };
      }>();
      assert.equal(view.status, "closed");
      assert.equal(view.tunnels_active, 0);
      assert.match(view.last_error.message, /revoked/i);
      // It is tried again, and refused again.
      const tried = bad.lines.length;
      await bad.line(() => true, "another attempt", tried);
      await until(
        async () =>
          (await askAdmin(admin, "/api/v1/backends/bad")).json<{ status: string; retry_at: string | null }>(),
        ({ status, retry_at }) => status === "closed" && retry_at !== null,
        "closed, and tried again later",
      );
      assert.equal(client.lines.slice(since).some(isUp("bad")), false);
      assert.deepEqual(
        client.lines.slice(since).filter((line) => line.backend === "good" && line.msg === "backend"),
        [],
        "the other one keeps its connection",
      );
    });
  }
});
