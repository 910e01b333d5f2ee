import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { startOrigin } from "./harness/origin.ts";
import { backendTable, Folder, makeCertificates, octoproxy, Pair } from "./harness/pair.ts";
import { through } from "./harness/through.ts";

// R27, R35
const serverToml = `listen_address = "127.0.0.1:0"
auth_cert = "certs/server/server.crt"
auth_key = "certs/server/server.key"
client_ca = "certs/ca.crt"
`;
const clientToml = `listen_address = "127.0.0.1:0"\nmetric_address = "off"\n${backendTable("tokyo", "127.0.0.1:1")}`;

const cases = [
  {
    role: "client",
    toml: clientToml.replace('address = "127.0.0.1:1"', 'adress = "127.0.0.1:1"'),
    says: /client\.toml:4:1 +backends\.tokyo\.adress: unknown key.*did you mean "address"/,
  },
  {
    role: "client",
    toml: `balance = "fastest"\n${clientToml}`,
    says: /client\.toml:1:1?\d? +balance: "fastest" is not one of first, /,
  },
  {
    role: "client",
    toml: `connect_timeout = -1\n${clientToml}`,
    says: /client\.toml:1:\d+ +connect_timeout: /,
  },
  {
    role: "client",
    toml: `connect_timeout = "soon"\n${clientToml}`,
    says: /client\.toml:1:\d+ +connect_timeout: /,
  },
  { role: "client", toml: 'listen_address = "127.0.0.1:0"\n', says: /client\.toml.*backends: / },
  {
    role: "client",
    toml: clientToml.replace("client/client.key", "server/server.key"),
    says: /client\.toml:\d+:\d+ +backends\.tokyo\.client_key: .*does not belong/,
  },
  {
    role: "client",
    toml: clientToml.replace("client/client.crt", "client/none.crt"),
    says: /client\.toml:\d+:\d+ +backends\.tokyo\.client_cert: .*none\.crt/,
  },
  { role: "client", toml: 'listen_address = "127.0.0.1:0"\n[backends.x\n', says: /client\.toml:2:\d+ / },
  { role: "server", toml: serverToml.replace(/client_ca.*\n/, ""), says: /server\.toml.*client_ca: / },
  {
    role: "server",
    toml: serverToml.replace('"certs/ca.crt"', '"certs/ca.key"'),
    says: /server\.toml:4:\d+ +client_ca: /,
  },
  {
    role: "server",
    toml: `${serverToml}[egress]\ndeny = ["10.0.0.0/99"]\n`,
    says: /server\.toml:6:\d+ +egress\.deny/,
  },
] as const;

test("each fault is one sentence with file, line and key, the status is 2, and nothing starts", async (t) => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  for (const { role, toml, says } of cases) {
    await t.test(`${role}: ${says.source.slice(0, 60)}`, async () => {
      await folder.write(`${role}.toml`, toml);
      for (const command of [role, "check"]) {
        const { status, stdout, stderr } = await octoproxy([command, "-c", `${role}.toml`], folder.path);
        assert.equal(status, 2, stdout + stderr);
        assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\n +at |"listening"/);
      }
    });
  }
});

test("every fault is told at once", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  await folder.write(
    "client.toml",
    `balance = "fastest"\nno_such = 1\n${clientToml.replace("client.crt", "none.crt")}`,
  );
  const { status, stderr } = await octoproxy(["check", "-c", "client.toml"], folder.path);
  assert.equal(status, 2);
  assert.match(stderr, /3 faults in 1 file/);
  assert.match(stderr, /Nothing was started\.\s*$/);
});

test("a missing file is one sentence and status 2", async () => {
  await using folder = await Folder.make();
  const missing = await octoproxy(["client", "-c", "nowhere.toml"], folder.path);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /nowhere\.toml/);
  assert.equal(missing.stderr.trim().split("\n").length, 1);
});

/** A port of loopback that somebody has. */
const take = async (kind: "tcp" | "udp") => {
  const socket =
    kind === "tcp" ? createServer().listen(0, "127.0.0.1") : createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  return { at: `127.0.0.1:${port}`, [Symbol.dispose]: () => void socket.close() };
};

// R35
test("a port that is taken at the start is one sentence and status 1, whichever listener it is for", async (t) => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  using tcp = await take("tcp");
  using udp = await take("udp");
  const files = {
    "the server's": ["server", serverToml.replace("127.0.0.1:0", tcp.at), tcp.at],
    "the server's, of UDP alone": [
      "server",
      `quic = true\n${serverToml.replace("127.0.0.1:0", udp.at)}`,
      udp.at,
    ],
    "the server's for WebTransport": ["server", `webtransport_address = "${tcp.at}"\n${serverToml}`, tcp.at],
    "the server's admin API": ["server", `metric_address = "${tcp.at}"\n${serverToml}`, tcp.at],
    "the client's": ["client", clientToml.replace("127.0.0.1:0", tcp.at), tcp.at],
    "the client's admin API": ["client", clientToml.replace('"off"', `"${tcp.at}"`), tcp.at],
  } as const;
  for (const [name, [role, toml, address]] of Object.entries(files)) {
    await t.test(name, async () => {
      await folder.write(`${role}.toml`, toml);
      await using daemon = new DaemonProcess([role, "-c", folder.file(`${role}.toml`)]);
      assert.equal(await daemon.exit(), 1, daemon.transcript);
      assert.deepEqual(
        daemon.words.map((line) => line.replace(" over UDP", "")),
        [`octoproxy ${role}: ${address} is in use by another program`],
      );
    });
  }
});

test("a port that is taken on a reload: the log says in a sentence that addresses change with a restart, and all goes on", async () => {
  await using pair = await Pair.start({
    client: 'metric_address = "127.0.0.1:0"',
    server: 'metric_address = "127.0.0.1:0"',
  });
  await using origin = await startOrigin();
  using taken = await take("tcp");
  using another = await take("tcp");
  for (const [role, daemon] of [
    ["server", pair.server],
    ["client", pair.client],
  ] as const) {
    const file = pair.folder.file(`${role}.toml`);
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text
        .replace(/^listen_address = .*$/m, `listen_address = "${taken.at}"`)
        .replace(/^metric_address = .*$/m, `metric_address = "${another.at}"`),
    );
    daemon.kill("SIGHUP");
    await daemon.line(({ msg }) => msg === "reloaded", "reloaded");
    for (const [key, at] of [
      ["listen_address", taken.at],
      ["metric_address", another.at],
    ] as const) {
      const line = await daemon.line(({ msg }) => msg === `${key} changes only with a restart`, key);
      assert.deepEqual([line.level, line[key]], ["warn", at]);
    }
  }
  assert.match(await (await through("forward", pair.proxy, origin.address)).page(), /It works/);
});

test("no client_ca, and no backends: one sentence and status 2, never a silent end", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  for (const [role, toml, says] of [
    ["server", serverToml.replace(/client_ca.*\n/, ""), /client_ca/],
    ["server", serverToml.replace('"certs/ca.crt"', '"certs/empty.crt"'), /client_ca/],
    ["client", 'listen_address = "127.0.0.1:0"\n', /backends: there is none/],
    ["client", 'listen_address = "127.0.0.1:0"\n[backends]\n', /backends: there is none/],
  ] as const) {
    await folder.write("certs/empty.crt", "");
    await folder.write(`${role}.toml`, toml);
    const { status, stderr } = await octoproxy([role, "-c", `${role}.toml`], folder.path);
    assert.equal(status, 2, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});

test("usage that is wrong is one sentence and status 2", async () => {
  for (const args of [["clent"], ["client", "--no-such"], ["easycert", "gen"], ["check"]]) {
    const { status, stderr } = await octoproxy(args, "/");
    assert.equal(status, 2, args.join(" "));
    assert.notEqual(stderr.trim(), "");
    assert.doesNotMatch(stderr, /\n +at /);
  }
});
