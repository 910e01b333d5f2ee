// R04: the client's certificate.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { makeCa, makeServer } from "@octoproxy/lib/tls/certificate.fixture";
import { clientCases, longLived, type PeerCase } from "@octoproxy/lib/tls/peer-cases.fixture";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";
import {
  Folder,
  octoproxy,
  startClient,
  startServer,
  type TransportName,
  transports,
} from "./harness/pair.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { wordsOfRefusal } from "./harness/without-certificate.ts";

const ca = makeCa("octoproxy ca", longLived);
const server = makeServer(ca, { ...longLived, names: [{ type: "DNS", value: "localhost" }] });
const cases = clientCases(ca);
/** With these no client starts: visitors show what a server says to them. */
const seenAtHome = /^(none|expired|not yet valid|for servers only|that of an authority)$/;
const backendOf = ({ name }: PeerCase): string => name.replaceAll(/[ ,']+/g, "-");
const chainOf = ({ leaf, above }: PeerCase): string =>
  [...(leaf === undefined ? [] : [leaf]), ...above].map(({ certificatePem }) => certificatePem).join("");

const writeAll = async (folder: Folder): Promise<void> => {
  for (const name of ["server", "client"]) await mkdir(folder.file(`certs/${name}`), { recursive: true });
  await folder.write("certs/ca.crt", ca.certificatePem);
  await folder.write("certs/server/server.crt", server.certificatePem);
  await folder.write("certs/server/server.key", server.keyPem);
  for (const one of cases) {
    if (one.leaf === undefined) continue;
    await folder.write(`certs/client/${backendOf(one)}.crt`, chainOf(one));
    await folder.write(`certs/client/${backendOf(one)}.key`, one.leaf.keyPem);
  }
};

const tableOf = (one: PeerCase, address: string, transport: TransportName): string => {
  const file = `certs/client/${backendOf(one)}`;
  return `[backends.${backendOf(one)}]\naddress = "${address}"\nprotocol = "${transport}"\nserver_name = "localhost"\ncacert = "certs/ca.crt"\nclient_cert = "${file}.crt"\nclient_key = "${file}.key"\n`;
};

/** Over QUIC the handshake itself refuses: what TLS has no words of ours for is told by its own. */
const wordsOver = (transport: string, words: RegExp): RegExp =>
  transport === "quic" ? new RegExp(`${words.source}|unknown ?(issuer|authority|ca)|TLS alert`, "i") : words;

const refusedIn = async (server: DaemonProcess, words: RegExp, since: number): Promise<void> => {
  await server.line(
    ({ msg, reason }) => msg === "client refused" && words.test(String(reason)),
    `refused, ${words}`,
    since,
  );
};

for (const transport of transports) {
  test(`${transport}: wrong certificates open nothing, never count as up, are told on both sides, and are tried ever more seldom`, async (t) => {
    await using folder = await Folder.make();
    await writeAll(folder);
    const { process: server, reach } = await startServer(folder, {
      webtransport: transport === "webtransport",
    });
    await using _ = server;
    const tried = cases.filter(({ name }) => !seenAtHome.test(name));
    const tables = tried.map((one) => tableOf(one, reach(transport), transport));
    const rules = tried.map(
      (one) => `["${backendOf(one)}.test"]\nbackend = "${backendOf(one)}"\nrewrite = "127.0.0.1"\n`,
    );
    await folder.write("rules.toml", rules.join(""));
    const startedAt = performance.now();
    const { process: client, proxy } = await startClient(
      folder,
      `host_rule = "rules.toml"\n${tables.join("")}`,
    );
    await using __ = client;
    await using target = await EchoTarget.start();
    const wrong = tried.filter(({ words }) => words !== undefined);
    for (const one of tried) {
      const backend = backendOf(one);
      const { status, reason } = await client.line(
        (line) => line.msg === "backend" && line.backend === backend && line.status !== "unknown",
        `the state of ${backend}`,
      );
      assert.equal(status, one.words === undefined ? "normal" : "closed", `${backend}: ${reason}`);
      const { status: answer, head, socket } = await connectThrough(proxy, `${backend}.test:${target.port}`);
      socket.destroy();
      assert.equal(answer, one.words === undefined ? 200 : 503, head);
      if (one.words === undefined) continue;
      const words = wordsOver(transport, one.words);
      assert.match(String(reason), words, "in the client's log");
      assert.match(head, words, "in the application's answer");
      await refusedIn(server, words, 0);
    }
    assert.equal(target.seen.size, 0);
    const isUp = ({ msg, status, backend }: (typeof client.lines)[number]): boolean =>
      msg === "backend" && status === "normal" && wrong.some((one) => backendOf(one) === backend);
    assert.deepEqual(client.lines.filter(isUp), []);
    // Each request makes a backend be tried anew; beside that the wait doubles from a fifth of a second on.
    const seconds = (performance.now() - startedAt) / 1000;
    const attempts = server.lines.filter(({ msg }) => msg === "client refused").length / wrong.length;
    t.diagnostic(
      `${wrong.length} wrong backends, ${attempts.toFixed(1)} attempts each in ${seconds.toFixed(1)} s`,
    );
    assert.ok(attempts < 4 + Math.log2(1 + seconds / 0.1), `${attempts} attempts in ${seconds} s`);
  });
}

for (const transport of everydayTransports) {
  test(`${transport}: what a client would not start with is refused by the server as well, and both say why`, async () => {
    await using folder = await Folder.make();
    await writeAll(folder);
    const { process: server, address } = await startServer(folder);
    await using _ = server;
    for (const one of cases.filter(({ words }) => words !== undefined)) {
      const { length: since } = server.lines;
      const words = wordsOver(transport, one.words!);
      if (transport === "http2") {
        const own = one.leaf === undefined ? {} : { cert: chainOf(one), key: one.leaf.keyPem };
        assert.match(await wordsOfRefusal(address, own), words, one.name);
      } else {
        const file = folder.file(`certs/client/${backendOf(one)}`);
        const own = one.leaf === undefined ? {} : { cert: `${file}.crt`, key: `${file}.key` };
        await assert.rejects(visitByQuic(address, { ca: folder.file("certs/ca.crt"), ...own }), (error) => {
          assert.ok(error instanceof ProxyError);
          assert.equal(error.code, "CERTIFICATE_REFUSED", error.message);
          assert.match(error.message, words);
          return true;
        });
      }
      await refusedIn(server, words, since);
    }
    assert.equal(
      server.lines.some(({ msg }) => msg === "client connected"),
      false,
    );
  });
}

test("a client does not start with a certificate that no server would take, and says why", async () => {
  await using folder = await Folder.make();
  await writeAll(folder);
  const wrong = cases.filter(({ name, leaf }) => leaf !== undefined && seenAtHome.test(name));
  await folder.write("client.toml", wrong.map((one) => tableOf(one, "127.0.0.1:1", "http2")).join(""));
  const { status, stderr } = await octoproxy(["client", "-c", "client.toml"], folder.path);
  assert.equal(status, 2, stderr);
  for (const words of [
    /expired\.crt expired on 2020/,
    /is not valid before 2100/,
    /no clientAuth/,
    /of an authority/,
  ])
    assert.match(stderr, words);
  assert.match(stderr, /^4 faults in 1 file\. Nothing was started\.$/m);
});
