import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { describe, test } from "node:test";
import { backendSchema } from "@octoproxy/client/config/backend-schema";
import type { BackendConfig } from "@octoproxy/client/config/client-config";
import { ConfigFolder } from "@octoproxy/lib/config/config-fixture";
import { createAuthority, issueCertificate, openAuthority, signerOf } from "@octoproxy/lib/tls/issue";
import { writePem } from "@octoproxy/lib/tls/pem";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import { checkAdmin, checkPort } from "./address-checks.ts";
import { adviceFor } from "./backend-advice.ts";
import { checkDates, checkLists } from "./expiry-checks.ts";
import { faultFindings } from "./fault-findings.ts";
import { checkChain, checkKeys, checkPermissions, checkServerNames } from "./file-checks.ts";
import { type Finding, formatFindings } from "./finding.ts";
import { judgeOpenFiles, judgeReceiveBuffer } from "./machine-checks.ts";
import { judgeHttp2Window, judgeMtu, judgeQuicWindow } from "./path-checks.ts";

const states = (finding: Finding): string => `${finding.state} ${finding.check}`;
const loopback = (port: number) => ({ host: "127.0.0.1", port });
const nobody = async (): Promise<string> => {
  throw new Error("nothing listens there");
};

describe("files", () => {
  const set = (folder: ConfigFolder, cert = "me") => ({
    cert: `${folder.path}/certs/${cert}.crt`,
    key: `${folder.path}/certs/${cert}.key`,
    ca: `${folder.path}/certs/ca.crt`,
    crl: [] as string[],
  });

  test("a key that others may read", () => {
    using folder = new ConfigFolder();
    folder.writeCertificates("client");
    const files = set(folder);
    chmodSync(files.key, 0o600);
    assert.equal(states(checkPermissions([files])), "PASS files");
    chmodSync(files.key, 0o640);
    const open = checkPermissions([files]);
    assert.equal(states(open), "WARN files");
    assert.match(open.message, /mode 640/);
    assert.equal(open.advice, `chmod 600 ${files.key}`);
  });

  test("a certificate that ends soon, or has ended since it was read", () => {
    using folder = new ConfigFolder();
    folder.writeCertificates("client");
    const day = 86_400_000;
    assert.equal(states(checkDates([set(folder)], Date.now() - 10 * day)), "PASS certificates");
    const soon = checkDates([set(folder)], Date.now() + 20 * day);
    assert.equal(states(soon), "WARN certificates");
    assert.match(soon.message, /ends in \d+ days \(\d{4}-\d\d-\d\d\)$/);
    assert.match(soon.advice ?? "", /^octoproxy easycert renew /);
    const ended = checkDates([set(folder)], Date.now() + 60 * day);
    assert.equal(states(ended), "FAIL certificates");
    assert.match(ended.message, /has ended/);
  });

  test("a revocation list that ends soon, or has ended and refuses everyone", () => {
    using folder = new ConfigFolder();
    folder.writeCertificates("client");
    assert.deepEqual(checkLists([set(folder)], Date.now()), []);
    const day = 86_400_000;
    const now = Date.now();
    const authority = openAuthority(createAuthority({ commonName: "ca", days: 99, keyKind: "ec", now }), now);
    const dates = { thisUpdate: new Date(now - day), nextUpdate: new Date(now + 20.5 * day) };
    const list = writeRevocationList({ ...dates, revoked: new Map(), number: 1n }, signerOf(authority));
    const files = { ...set(folder), crl: [folder.write("ca.crl", writePem("X509 CRL", list))] };
    const [good] = checkLists([files, files], now);
    assert.equal(states(good!), "PASS revocation lists");
    assert.match(good!.message, /the first to end is .*ca\.crl, in 20 days/);
    const [soon] = checkLists([files], now + 15 * day);
    assert.equal(states(soon!), "WARN revocation lists");
    assert.match(
      soon!.message,
      /the revocation list of CN=ca, ends in 5 days .*: an ended list refuses everyone$/,
    );
    assert.match(soon!.advice ?? "", /^octoproxy easycert crl /);
    const [ended] = checkLists([files], now + 21 * day);
    assert.equal(states(ended!), "FAIL revocation lists");
    assert.match(ended!.message, /has ended .*: everyone of that authority is refused$/);
  });

  test("a chain in the wrong order", () => {
    using folder = new ConfigFolder();
    const now = Date.now();
    const wish = { commonName: "test", days: 30, keyKind: "ec", now } as const;
    const ca = createAuthority(wish);
    const names = [{ type: "DNS", value: "localhost" }] as const;
    const leaf = issueCertificate(openAuthority(ca, now), { ...wish, usage: "server", names });
    const good = folder.write("good.crt", leaf.certificate + ca.certificate);
    const other = createAuthority(wish);
    const bad = folder.write("bad.crt", leaf.certificate + other.certificate);
    const of = (cert: string) => [{ cert, key: "", ca: undefined, crl: [] }];
    assert.equal(states(checkChain(of(good))), "PASS chain");
    const wrong = checkChain(of(bad));
    assert.equal(states(wrong), "FAIL chain");
    assert.match(wrong.message, /certificate 1 was not signed by certificate 2$/);
    assert.equal(states(checkKeys(of(good))), "PASS key");
  });

  test("a server's certificate without the name in use", () => {
    using folder = new ConfigFolder();
    folder.writeCertificates("server");
    const { cert } = set(folder);
    assert.equal(states(checkServerNames(cert, ["0.0.0.0"])), "PASS names");
    const other = checkServerNames(cert, ["192.0.2.7"]);
    assert.equal(states(other), "WARN names");
    assert.match(other.message, /bears DNS:localhost, not .* 192\.0\.2\.7$/);
    const now = Date.now();
    const wish = { commonName: "test", days: 30, keyKind: "ec", now } as const;
    const authority = openAuthority(createAuthority(wish), now);
    const nameless = issueCertificate(authority, { ...wish, usage: "server", names: [] });
    assert.equal(states(checkServerNames(folder.write("n.crt", nameless.certificate), [])), "FAIL names");
  });

  test("a fault of the configuration is that of its check", () => {
    const place = { file: "c.toml", line: 3, column: 1, keyPath: "k" };
    const check = (message: string) => states(faultFindings([{ ...place, message }])[0]!);
    assert.equal(
      check("a.key does not belong to a.crt (the certificate's public key is another)"),
      "FAIL key",
    );
    assert.equal(check("a.crt expired on 2020-01-01 00:00:00 UTC"), "FAIL certificates");
    assert.equal(check("a.crt does not exist"), "FAIL files");
    assert.equal(check('unknown key; did you mean "address"?'), "FAIL configuration");
  });
});

describe("the machine", () => {
  test("few descriptors", () => {
    assert.equal(states(judgeOpenFiles(65536, 1)), "PASS open files");
    const few = judgeOpenFiles(1024, 2);
    assert.deepEqual([few.state, few.message], ["WARN", "limit 1,024: about 480 tunnels"]);
    assert.equal(judgeOpenFiles(10, 1).message, "limit 10: about 0 tunnels");
    assert.equal(judgeOpenFiles(undefined, 1).state, "SKIP");
    assert.equal(judgeOpenFiles(Number.POSITIVE_INFINITY, 1).state, "PASS");
  });

  test("small receive buffers", () => {
    assert.equal(states(judgeReceiveBuffer(4 << 20)), "PASS receive buffer");
    const small = judgeReceiveBuffer(212_992);
    assert.equal(states(small), "WARN receive buffer");
    assert.equal(small.advice, "sysctl -w net.core.rmem_max=2097152");
    assert.equal(judgeReceiveBuffer(undefined).state, "SKIP");
  });

  test("a port that another program has, over TCP or UDP, and one that is ours", async () => {
    const tcp = createTcpServer().listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const { port } = tcp.address() as AddressInfo;
    const taken = await checkPort([loopback(port)], false, nobody);
    assert.equal(states(taken), "FAIL port");
    assert.match(taken.message, /in use by another program$/);
    const ours = await checkPort([loopback(port)], false, async () => "it answers");
    assert.equal(states(ours), "PASS port");
    tcp.close();
    await once(tcp, "close");
    assert.equal(states(await checkPort([loopback(port)], true, nobody)), "PASS port");
    const udp = createSocket("udp4").bind(port, "127.0.0.1");
    await once(udp, "listening");
    const half = await checkPort([loopback(port)], true, nobody);
    assert.equal(states(half), "FAIL port");
    assert.match(half.message, /\(UDP\)$/);
    udp.close();
    const foreign = await checkPort([{ host: "192.0.2.1", port: 8443 }], false, nobody);
    assert.match(foreign.message, /not an address of this machine$/);
  });

  test("an admin address at which something else answers", async () => {
    assert.equal(states(await checkAdmin(undefined, undefined)), "SKIP admin address");
    const other = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = loopback((other.address() as AddressInfo).port);
    assert.equal(states(await checkAdmin(address, undefined)), "FAIL admin address");
    other.close();
    other.closeAllConnections();
    await once(other, "close");
    assert.equal(states(await checkAdmin(address, undefined)), "PASS admin address");
  });
});

describe("the path", () => {
  const keys = backendSchema.parse({ address: "h:1", client_cert: "c", client_key: "k" });
  const backend = {
    name: "tokyo",
    http2: { initialStreamWindowBytes: keys.http2.initial_stream_window_size, adaptiveWindow: false },
    quic: { streamWindowBytes: 1_250_000, maxStreamBandwidthBytesPerSecond: 12_500_000 },
  } as BackendConfig;

  test("windows too small for the round trip", () => {
    const near = judgeHttp2Window(backend, 38);
    assert.deepEqual(
      [states(near), near.message],
      ["PASS tokyo, windows", "2 MiB a stream carry 442 Mbit/s at 38 ms"],
    );
    const far = judgeHttp2Window(backend, 300);
    assert.equal(states(far), "WARN tokyo, windows");
    assert.match(far.advice ?? "", /initial_stream_window_size = 4194304$/);
    assert.equal(judgeQuicWindow(backend, 90).state, "PASS");
    const slow = judgeQuicWindow(backend, 181);
    assert.equal(states(slow), "WARN tokyo, quic windows");
    assert.match(slow.advice ?? "", /expected_rtt = 190$/);
  });

  test("a path that takes small datagrams only", () => {
    assert.equal(judgeMtu("tokyo", 1452).state, "PASS");
    assert.equal(states(judgeMtu("tokyo", 1200)), "WARN tokyo, mtu");
    assert.equal(judgeMtu("tokyo", undefined).state, "SKIP");
  });

  test("advice fits what happened", () => {
    const at = { ...backend, address: "h:1", port: 1 } as BackendConfig;
    assert.match(adviceFor(new Error("h:1 refused the connection"), at, "tcp"), /^start the server/);
    assert.match(adviceFor(new Error("too long"), at, "udp"), /^open UDP 1 /);
    assert.match(adviceFor(new Error("the name does not resolve"), at, "tcp"), /dns_servers/);
  });
});

test("the report has columns, advice below, and a count", () => {
  assert.equal(
    formatFindings([
      { state: "PASS", check: "files", message: "3 files" },
      { state: "FAIL", check: "tokyo, udp", message: "no answer", advice: "open it" },
      { state: "SKIP", check: "x", message: "y" },
    ]),
    `PASS  files       3 files
FAIL  tokyo, udp  no answer
                  → open it
SKIP  x           y
1 failed, 0 warnings of 2 checks.
`,
  );
});
