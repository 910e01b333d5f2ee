import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { connect } from "node:tls";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { formatGeneralName } from "@octoproxy/lib/tls/x509/general-name";
import { askAdmin, sampleOf } from "./harness/admin.ts";
import { TestAuthority } from "./harness/authority.ts";
import type { DaemonProcess, LogLine } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { Pair, type TransportName, transports } from "./harness/pair.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough, hostAndPort } from "./harness/raw-tunnel.ts";
import { TunnelLoad } from "./harness/tunnel-load.ts";
import { visitByWebTransport } from "./harness/webtransport-visitor.ts";

// R34: nobody reloads anything here.

const takenOver = "changed certificate files taken over";
const refused = "changed certificate files refused, the old ones stay in force";

const told = (daemon: DaemonProcess, msg: string, since: number): Promise<LogLine> =>
  daemon.line((line) => line.msg === msg, msg, since);

const serialIn = async (file: string): Promise<string> =>
  new Certificate(await readFile(file, "utf8")).fields.serial.toUpperCase();

/** What a renewed certificate has in common with the one before. */
const namesIn = async (file: string): Promise<readonly string[]> => {
  const { subject, extensions } = new Certificate(await readFile(file, "utf8")).fields;
  return [subject.text, ...extensions.names.map(formatGeneralName), ...(extensions.purposes ?? [])];
};

const fingerprintIn = async (file: string): Promise<string> =>
  new Certificate(await readFile(file, "utf8")).fingerprint;

/** Writes beside and renames, as renewers do. */
const replace = async (file: string, content: string | Buffer): Promise<void> => {
  await writeFile(`${file}.new`, content);
  await rename(`${file}.new`, file);
};

/** Tunnels come and go, and some stay, while something is renewed. */
const underLoad = async (pair: Pair, act: (held: HeldTunnels) => Promise<void>): Promise<string> => {
  await using target = await EchoTarget.start();
  using held = await HeldTunnels.open(pair.proxy, target.address, 5);
  await using load = new TunnelLoad(pair.proxy, target.address, 30);
  await held.echo();
  await act(held);
  await held.echo();
  const report = await load.end();
  assert.deepEqual(report.failed, []);
  assert.deepEqual(report.cut, []);
  assert.equal(held.count("open"), 5);
  assert.ok(report.opened > 0);
  return `${report.opened} tunnels, 0 failed, slowest ${report.slowestMs} ms`;
};

/** Writes what must be refused in the place of a key, and waits for the words. */
const refuseWrongKeys = async (daemon: DaemonProcess, key: string, another: string): Promise<void> => {
  const good = await readFile(key);
  for (const [wrong, words] of [
    [Buffer.from("no key"), /holds no private key/],
    [await readFile(another), /does not belong to .*the certificate's public key is another/],
  ] as const) {
    const since = daemon.lines.length;
    await replace(key, wrong);
    const line = await daemon.line(
      ({ msg, reason }) => msg === refused && words.test(String(reason)),
      "why the old one stays",
      since,
    );
    assert.equal(line.level, "error");
    assert.ok(String(line.reason).startsWith(key), String(line.reason));
  }
  await replace(key, good);
};

/** Whom a new handshake meets. */
const presented = async (pair: Pair, transport: TransportName): Promise<string> => {
  const authority = new TestAuthority(pair.folder);
  const { cert, key } = authority.files("client");
  if (transport !== "http2") {
    const visitBy = transport === "quic" ? visitByQuic : visitByWebTransport;
    const visit = await visitBy(pair.serverAddress, { ca: authority.certificate, cert, key });
    await visit.close();
    return visit.peer.fingerprint;
  }
  const socket = connect({
    ...hostAndPort(pair.serverAddress),
    servername: "localhost",
    ca: await readFile(authority.certificate),
    cert: await readFile(cert),
    key: await readFile(key),
    ALPNProtocols: ["h2"],
  });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
};

suite("renewal", { concurrency: 3 }, () => {
  for (const transport of transports) {
    test(`client (${transport}): a renewed certificate is used by itself, a broken one is not, and no tunnel fails`, async (t) => {
      await using pair = await Pair.start({ transport, client: 'metric_address = "127.0.0.1:0"' });
      const { client, folder } = pair;
      const admin = await client.listening("admin");
      const authority = new TestAuthority(folder);
      const { cert, key } = authority.files("client");
      const said = await underLoad(pair, async (held) => {
        await refuseWrongKeys(client, key, authority.files("server").key);
        const since = client.lines.length;
        const names = await namesIn(cert);
        await authority.renew("client", "--days", "20");
        assert.deepEqual(await namesIn(cert), names);
        const line = await told(client, takenOver, since);
        assert.equal(line.backend, "local");
        assert.equal(line.serial, await serialIn(cert));
        const isUp = ({ msg, status }: LogLine): boolean => msg === "backend" && status === "normal";
        await client.line(isUp, "up with the new certificate", since);
        await client.line(
          ({ msg, end }) => msg === "tunnel" && end === "closed",
          "a tunnel",
          client.lines.length,
        );
        await held.echo();
        // It has 20 days: what is in force is what is warned of, and shown.
        const warning = await client.line(
          ({ msg }) => /client\.crt ends in (19|20) days/.test(msg),
          "warning",
          since,
        );
        assert.equal(warning.level, "warn");
        assert.equal(warning.file, cert);
      });
      const { certificates } = (await askAdmin(admin, "/api/v1/status")).json<{
        certificates: { file: string; warning: string | null; not_after: string }[];
      }>();
      const shown = certificates.find(({ file }) => file === cert)!;
      assert.match(String(shown.warning), /client\.crt ends in (19|20) days/);
      const metrics = (await askAdmin(admin, "/metrics")).text;
      const series = `octoproxy_certificate_not_after_seconds{file="${cert}"}`;
      assert.equal(sampleOf(metrics, series), Date.parse(shown.not_after) / 1000);
      t.diagnostic(said);
    });

    test(`server (${transport}): a renewed certificate is presented by itself, a broken one is not, and no tunnel fails`, async (t) => {
      await using pair = await Pair.start({ transport });
      const { server, folder } = pair;
      const authority = new TestAuthority(folder);
      const { cert, key } = authority.files("server");
      const said = await underLoad(pair, async (held) => {
        const first = await presented(pair, transport);
        await refuseWrongKeys(server, key, authority.files("client").key);
        assert.equal(await presented(pair, transport), first);
        const since = server.lines.length;
        await authority.renew("server");
        assert.equal((await told(server, takenOver, since)).serial, await serialIn(cert));
        const second = await presented(pair, transport);
        assert.notEqual(second, first);
        assert.equal(second, await fingerprintIn(cert));
        await held.echo();
      });
      t.diagnostic(said);
    });
  }

  test("an authority that is added to client_ca lets its clients in without a reload", async () => {
    await using pair = await Pair.start();
    const { server, folder } = pair;
    const other = await TestAuthority.make(folder, "other");
    await other.sign("guest", "client");
    const { cert, key } = other.files("guest");
    const ca = new TestAuthority(folder).certificate;
    await assert.rejects(visitByQuic(pair.serverAddress, { ca, cert, key }));
    const since = server.lines.length;
    const bundle = Buffer.concat([await readFile(ca), await readFile(other.certificate)]);
    await copyFile(ca, folder.file("certs/only.crt"));
    await replace(ca, bundle);
    assert.equal((await told(server, takenOver, since)).authorities, 2);
    const visit = await visitByQuic(pair.serverAddress, { ca: folder.file("certs/only.crt"), cert, key });
    await visit.close();
    const { status, socket } = await connectThrough(pair.proxy, "127.0.0.1:9");
    socket.destroy();
    assert.equal(status, 502, "the client that was there goes on");
  });
});
