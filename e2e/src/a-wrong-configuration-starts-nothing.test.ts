import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { backendTable, Folder, makeCertificates, octoproxy } from "./harness/pair.ts";

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

test("a missing file, and a port that is taken, are one sentence each", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const missing = await octoproxy(["client", "-c", "nowhere.toml"], folder.path);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /nowhere\.toml/);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  await folder.write("server.toml", serverToml.replace("127.0.0.1:0", `127.0.0.1:${port}`));
  const busy = await octoproxy(["server", "-c", "server.toml"], folder.path);
  taken.close();
  assert.equal(busy.status, 1, busy.stderr);
  assert.match(busy.stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*in use`));
});

test("usage that is wrong is one sentence and status 2", async () => {
  for (const args of [["clent"], ["client", "--no-such"], ["easycert", "gen"], ["check"]]) {
    const { status, stderr } = await octoproxy(args, "/");
    assert.equal(status, 2, args.join(" "));
    assert.notEqual(stderr.trim(), "");
    assert.doesNotMatch(stderr, /\n +at /);
  }
});
