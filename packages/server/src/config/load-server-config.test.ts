import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ConfigFolder, faultsOf } from "@octoproxy/lib/config/config-fixture";
import { ConfigReport } from "@octoproxy/lib/config/config-report";
import { TomlDocument } from "@octoproxy/lib/config/toml-document";
import { loadServerConfig } from "./load-server-config.ts";
import { checkQuic, checkWebTransport } from "./server-warnings.ts";

const required = `auth_cert = "certs/me.crt"
auth_key = "certs/me.key"
client_ca = "certs/ca.crt"
`;

const withCertificates = (): ConfigFolder => {
  const folder = new ConfigFolder();
  folder.writeCertificates("server");
  return folder;
};

const load = (folder: ConfigFolder, toml: string, options = {}) => {
  folder.write("server.toml", toml);
  return loadServerConfig("server.toml", { workingFolder: folder.path, ...options });
};

test("the least configuration has every default", async () => {
  using folder = withCertificates();
  const { config, warnings } = await load(folder, required);
  assert.deepEqual(warnings, []);
  assert.deepEqual(config, {
    file: "server.toml",
    overrides: { listen: undefined, clientCa: undefined },
    listenAddresses: [{ host: "0.0.0.0", port: 8443 }],
    tls: {
      certFile: join(folder.path, "certs/me.crt"),
      keyFile: join(folder.path, "certs/me.key"),
      clientCaFile: join(folder.path, "certs/ca.crt"),
      clientCrlFiles: [],
    },
    allowAnyClient: false,
    quic: false,
    webtransportAddress: undefined,
    maxConcurrentTasks: 1024,
    maxPendingHandshakes: 256,
    maxPendingHandshakesPerAddress: 64,
    maxTunnelsPerClient: 16_384,
    logLevel: "info",
    accessLog: "full",
    metricAddress: undefined,
    metricToken: undefined,
    connectTimeoutMs: 7_000,
    drainTimeoutMs: 30_000,
    dnsServers: [],
    egress: { default: "allow", deny: [], allow: [] },
    clients: [],
  });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.egress.deny));
});

test("a file of the original loads as it is, and says what is not done", async () => {
  using folder = withCertificates();
  const original = `log_level = "info"
max_concurrent_tasks = 32

listen_address = "0.0.0.0:8443"
quic = true
use_0rtt = true
${required}`;
  const { config, warnings } = await load(folder, original);
  assert.equal(config.maxConcurrentTasks, 32);
  assert.equal(config.quic, true);
  assert.deepEqual(
    warnings.map(({ line, keyPath }) => `${line} ${keyPath}`),
    ["6 use_0rtt"],
  );
});

test("every key is read", async () => {
  using folder = withCertificates();
  const { config } = await load(
    folder,
    `${required}listen_address = ["127.0.0.1:0", "[::1]:0"]
webtransport_address = "0.0.0.0:8444"
max_pending_handshakes = 3
metric_address = "127.0.0.1:8404"
dns_servers = ["9.9.9.9", "[::1]:53"]
[egress]
default = "deny"
deny = "10.0.0.0/8"
allow = ["*.Corp.example:443", "10.1.2.3", "[fd00::1]:22", "fd00::/8"]
[[clients]]
match = ["CN=laptop*", "DNS:*.corp.example"]
max_tunnels = 10
egress = { default = "allow" }
[[clients]]
match = "IP:10.0.0.1"
`,
  );
  assert.equal(config.maxPendingHandshakesPerAddress, 1);
  assert.deepEqual(config.webtransportAddress, { host: "0.0.0.0", port: 8444 });
  assert.deepEqual(config.egress, {
    default: "deny",
    deny: [{ text: "10.0.0.0/8", network: "10.0.0.0/8", host: undefined, port: undefined }],
    allow: [
      { text: "*.Corp.example:443", network: undefined, host: "*.corp.example", port: 443 },
      { text: "10.1.2.3", network: "10.1.2.3/32", host: undefined, port: undefined },
      { text: "[fd00::1]:22", network: "fd00::1/128", host: undefined, port: 22 },
      { text: "fd00::/8", network: "fd00::/8", host: undefined, port: undefined },
    ],
  });
  assert.deepEqual(config.clients, [
    {
      match: ["CN=laptop*", "DNS:*.corp.example"],
      maxTunnels: 10,
      egress: { default: "allow", deny: [], allow: [] },
    },
    { match: ["IP:10.0.0.1"], maxTunnels: undefined, egress: undefined },
  ]);
});

test("without client_ca nothing starts, unless it is written out; --auth is one", async () => {
  using folder = withCertificates();
  const without = required.replace(/client_ca.*\n/, "");
  const faults = await faultsOf(load(folder, without));
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? "", /^1:1 client_ca: required, .*allow_any_client = true/);
  const any = await load(folder, `allow_any_client = true\n${without}`);
  assert.equal(any.config.tls.clientCaFile, undefined);
  assert.match(any.warnings[0]?.message ?? "", /whoever reaches the server can use it/);
  const overridden = await load(folder, without, { clientCa: "certs/ca.crt" });
  assert.equal(overridden.config.tls.clientCaFile, join(folder.path, "certs/ca.crt"));
  assert.deepEqual(overridden.config.overrides, { listen: undefined, clientCa: "certs/ca.crt" });
  assert.deepEqual(await faultsOf(load(folder, without, { clientCa: "none.crt" })), [
    "undefined:undefined : none.crt does not exist",
  ]);
});

test("wrong values and files are told at their place, all at once", async () => {
  using folder = withCertificates();
  const toml = `auth_cert = "certs/old.crt"
auth_key = "certs/me.key"
client_ca = "certs/me.crt"
max_tunnels = 5
[egress]
deny = ["10.0.0.0/99", "a b", "x:0"]
[[clients]]
max_tunnels = 0
`;
  const faults = await faultsOf(load(folder, toml));
  const patterns = [
    /^1:13 auth_cert: certs\/old\.crt expired on /,
    /^2:12 auth_key: certs\/me\.key does not belong to certs\/old\.crt/,
    /^3:13 client_ca: certs\/me\.crt holds no certificate of an authority/,
    /^4:1 max_tunnels: unknown key/,
    /^6:9 egress\.deny\[0\]: "10\.0\.0\.0\/99" is not a network/,
    /^6:24 egress\.deny\[1\]: "a b" is not/,
    /^6:31 egress\.deny\[2\]: "x:0" is not/,
    /^7:1 clients\[0\]\.match: required, and missing here/,
    /^8:15 clients\[0\]\.max_tunnels: 0 is not a whole number from 1 to/,
  ];
  assert.equal(faults.length, patterns.length, faults.join("\n"));
  for (const [index, pattern] of patterns.entries()) assert.match(faults[index] ?? "", pattern);
});

test("a client's configuration is told to be one; [clients] is told how it is written", async () => {
  using folder = withCertificates();
  assert.deepEqual(await faultsOf(load(folder, "[backends.a]\n")), [
    "1:1 : this is a client's configuration; start it with: octoproxy client -c server.toml",
  ]);
  assert.deepEqual(await faultsOf(load(folder, `${required}[clients]\n`)), [
    "4:1 clients: must be an array of tables, written as [[clients]]",
  ]);
});

test("WebTransport without its engine for HTTP/3 says so; without its package it is a fault", async () => {
  using folder = withCertificates();
  const { warnings } = await load(folder, `webtransport_address = "127.0.0.1:8444"\n${required}`);
  assert.deepEqual(
    warnings.map(({ line, keyPath, message }) => `${line} ${keyPath}: ${message.split(":")[0]}`),
    [
      "1 webtransport_address: goes over HTTP/2 alone, since the package's engine for HTTP/3 is not installed",
    ],
  );
  const report = new ConfigReport();
  const document = TomlDocument.parse("server.toml", 'webtransport_address = "127.0.0.1:8444"');
  checkWebTransport(report, document as TomlDocument, () => "it is not installed.");
  assert.throws(
    () => report.finish(),
    (error) => {
      const { line, keyPath, message } = (error as ConfigError).faults[0]!;
      assert.equal(`${line} ${keyPath}: ${message}`, "1 webtransport_address: it is not installed.");
      return true;
    },
  );
});

test("QUIC is a fault where it is selected and cannot be had", () => {
  const faults = (toml: string): readonly string[] => {
    const report = new ConfigReport();
    checkQuic(
      report,
      TomlDocument.parse("server.toml", toml) as TomlDocument,
      () => "QUIC cannot be used: why.",
    );
    try {
      report.finish();
      return [];
    } catch (error) {
      return (error as ConfigError).faults.map(({ line, message }) => `${line} ${message}`);
    }
  };
  assert.deepEqual(faults("quic = false\n"), []);
  assert.deepEqual(faults(""), []);
  assert.deepEqual(faults("quic = true\n"), [
    '1 QUIC cannot be used: why. "quic = false" serves HTTP/2 alone.',
  ]);
});
