import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ConfigError } from "@octoproxy/lib/config/config-fault";
import { ConfigFolder, faultsOf } from "@octoproxy/lib/config/config-fixture";
import { ConfigReport } from "@octoproxy/lib/config/config-report";
import { TomlDocument } from "@octoproxy/lib/config/toml-document";
import { checkProtocols } from "./client-warnings.ts";
import { loadClientConfig } from "./load-client-config.ts";

const certificates = `cacert = "certs/ca.crt"
client_cert = "certs/me.crt"
client_key = "certs/me.key"
`;
const backend = (name: string, rest = "") =>
  `[backends.${name}]\naddress = "localhost:8443"\nprotocol = "http2"\n${certificates}${rest}`;

const load = (folder: ConfigFolder, toml: string, file = "client.toml") => {
  folder.write(file, toml);
  return loadClientConfig(file, { workingFolder: folder.path });
};

const withCertificates = (): ConfigFolder => {
  const folder = new ConfigFolder();
  folder.writeCertificates("client");
  return folder;
};

test("the least configuration has every default", async () => {
  using folder = withCertificates();
  const { config, warnings } = await load(folder, backend("tokyo"));
  assert.deepEqual(warnings, []);
  assert.deepEqual(config, {
    file: "client.toml",
    overrides: { listen: undefined },
    listenAddresses: [{ host: "127.0.0.1", port: 8081 }],
    allowFrom: [
      "127.0.0.0/8",
      "::1/128",
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "169.254.0.0/16",
      "fc00::/7",
      "fe80::/10",
    ],
    metricAddress: { host: "127.0.0.1", port: 8403 },
    metricToken: undefined,
    logLevel: "info",
    balance: "round_robin",
    hostRules: undefined,
    connectTimeoutMs: 10_000,
    dnsServers: [],
    accessLog: "full",
    drainTimeoutMs: 30_000,
    backends: [
      {
        name: "tokyo",
        address: "localhost:8443",
        host: "localhost",
        port: 8443,
        serverName: "localhost",
        protocol: "http2",
        startsClosed: false,
        weight: 1,
        retryTimeoutMs: 10_000,
        maxRetries: 0,
        tls: {
          caFile: join(folder.path, "certs/ca.crt"),
          certFile: join(folder.path, "certs/me.crt"),
          keyFile: join(folder.path, "certs/me.key"),
          crlFiles: [],
        },
        dialect: "auto",
        http2: {
          keepAliveIntervalMs: 10_000,
          keepAliveTimeoutMs: 20_000,
          keepAliveWhileIdle: true,
          initialConnWindowBytes: 16 * 1024 * 1024,
          initialStreamWindowBytes: 2 * 1024 * 1024,
          maxFrameBytes: 256 * 1024,
          maxSendBufferBytes: 1024 * 1024,
          adaptiveWindow: false,
        },
        quic: {
          maxIdleTimeoutMs: 30_000,
          keepAliveIntervalMs: 5_000,
          ipv4Only: false,
          expectedRttMs: 100,
          maxStreamBandwidthBytesPerSecond: 12_500_000,
          congestion: "cubic",
          streamWindowBytes: 1_250_000,
        },
      },
    ],
  });
});

test("the result cannot be changed, at any depth", async () => {
  using folder = withCertificates();
  const { config } = await load(folder, backend("tokyo"));
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.backends[0]?.http2));
  assert.ok(Object.isFrozen(config.listenAddresses[0]) && Object.isFrozen(config.allowFrom));
});

test("a file of the original loads as it is: frist, sub-tables of both protocols, upper-case levels", async () => {
  using folder = withCertificates();
  folder.write(
    "host_rule.toml",
    '["example.com"]\nrewrite = "127.0.0.1"\n["hello.com"]\nbackend = "remote1"\n',
  );
  const original = `listen_address = "127.0.0.1:8081"
log_level = "INFO"
balance = "frist"
host_rule = "./host_rule.toml"

[backends]
[backends.local1]
protocol = "http2"
address = "localhost:8443"
retry_timeout = 3
max_retries = 0
${certificates}
http2 = { keep_alive_interval = 1, keep_alive_timeout = 1, keep_alive_while_idle = true }
quic = { max_idle_timeout = 200, keep_alive_interval = 0, ipv4_only = true, expected_rtt = 300, max_stream_bandwidth = 2097152, congestion = "bbr" }

[backends.remote1]
status = "force_closed"
protocol = "http2"
address = "localhost:8444"
retry_timeout = 30
${certificates}
[backends.remote1.http2]
keep_alive_interval = 0
[backends.remote1.quic]
use_0rtt = true
`;
  const { config, warnings } = await load(folder, original);
  assert.deepEqual(
    warnings.map(({ line, keyPath }) => `${line} ${keyPath}`),
    ["3 balance", "31 backends.remote1.quic.use_0rtt"],
  );
  assert.equal(config.balance, "first");
  assert.equal(config.logLevel, "info");
  const [local, remote] = config.backends;
  assert.equal(local?.http2.keepAliveIntervalMs, 1000);
  assert.equal(local?.quic.maxIdleTimeoutMs, 200_000);
  assert.equal(local?.quic.congestion, "bbr");
  assert.equal(local?.quic.streamWindowBytes, Math.ceil((2097152 * 300) / 1000));
  assert.equal(remote?.startsClosed, true);
  assert.equal(remote?.http2.keepAliveIntervalMs, 0);
  assert.deepEqual(config.hostRules, {
    file: "host_rule.toml",
    rules: [
      {
        pattern: "example.com",
        rewrite: "127.0.0.1",
        backend: undefined,
        direct: false,
        block: false,
        line: 1,
      },
      { pattern: "hello.com", rewrite: undefined, backend: "remote1", direct: false, block: false, line: 3 },
    ],
  });
});

test("backends keep the order of the file, whatever their names look like", async () => {
  using folder = withCertificates();
  const names = ["zulu", "10", "9", "alpha", "2"];
  const { config } = await load(folder, names.map((name) => backend(name)).join("\n"));
  assert.deepEqual(
    config.backends.map(({ name }) => name),
    names,
  );
});

test("every fault of both files is told at once, sorted, each at its place", async () => {
  using folder = withCertificates();
  folder.write("rules.toml", '["a.example"]\nblock = true\n\n["*.corp.example"]\nbackend = "paris"\n');
  const toml = `balance = "fastest"
host_rule = "rules.toml"
[backends.tokyo]
adress = "localhost:8443"
${certificates}
[backends.osaka]
address = "localhost:8443"
client_cert = "certs/me.crt"
client_key = "certs/other.key"
`;
  assert.deepEqual(await faultsOf(load(folder, toml)), [
    '1:11 balance: "fastest" is not one of first, round_robin, random, least_loaded_time, uri_hash, least_connections, p2c',
    '4:1 backends.tokyo.adress: unknown key, did you mean "address"?',
    "12:14 backends.osaka.client_key: certs/other.key does not belong to certs/me.crt (the certificate's public key is another)",
    '5:11 "*.corp.example".backend: no backend is called "paris"; there are tokyo, osaka',
  ]);
});

test("files of TLS are told with the key that names them", async () => {
  using folder = withCertificates();
  folder.write("certs/garbage.crt", "nothing");
  const one = (cert: string, key: string, ca = "certs/ca.crt") =>
    faultsOf(
      load(
        folder,
        `[backends.a]\naddress = "h:1"\nprotocol = "http2"\nclient_cert = "${cert}"\nclient_key = "${key}"\ncacert = "${ca}"\n`,
      ),
    );
  const starts = async (faults: Promise<string[]>, ...patterns: RegExp[]) => {
    const told = await faults;
    assert.equal(told.length, patterns.length, told.join("\n"));
    for (const [index, pattern] of patterns.entries()) assert.match(told[index]!, pattern);
  };
  await starts(one("certs/none.crt", "certs/me.key"), /^4:15 backends\.a\.client_cert: certs\/none\.crt /);
  await starts(one("certs/garbage.crt", "certs/me.key"), /^4:15 .*garbage\.crt holds no certificate/);
  await starts(
    one("certs/me.crt", "certs/me.crt"),
    /^5:14 backends\.a\.client_key: certs\/me\.crt holds no private key/,
  );
  await starts(one("certs/old.crt", "certs/old.key"), /^4:15 .*old\.crt expired on \d{4}-/);
  await starts(
    one("certs/none.crt", "certs/none.key", "certs/none.ca"),
    /^4:15 backends\.a\.client_cert/,
    /^5:14 backends\.a\.client_key/,
    /^6:10 backends\.a\.cacert/,
  );
});

test("what this copy cannot speak is refused where it is selected, and auto makes do", async () => {
  using folder = withCertificates();
  const { warnings } = await load(folder, backend("a").replace('"http2"', '"webtransport"'));
  assert.deepEqual(
    warnings.map(({ line, message }) => `${line} ${message.split(":")[0]}`),
    ["3 goes over HTTP/2 alone, since the package's engine for HTTP/3 is not installed"],
  );
  const told = (text: string): readonly string[] => {
    const report = new ConfigReport();
    const document = TomlDocument.parse("client.toml", text) as TomlDocument;
    checkProtocols(report, document, ["http2"]);
    try {
      return report.finish().map(({ message }) => message);
    } catch (error) {
      return (error as ConfigError).faults.map(({ line, message }) => `${line} ${message}`);
    }
  };
  assert.deepEqual(told(backend("a").replace('"http2"', '"quic"')), [
    '3 quic is not built into this copy; choose "auto" or "http2"',
  ]);
  assert.deepEqual(told((backend("a") + backend("b")).replaceAll('protocol = "http2"\n', "")), [
    '"auto" uses HTTP/2 alone (a, b), since QUIC is not built into this copy',
  ]);
});

test("relative paths start at the file's folder; the working folder is a way out, with a warning", async () => {
  using folder = withCertificates();
  const { config, warnings } = await load(folder, backend("a"), "conf/client.toml");
  assert.equal(config.backends[0]?.tls.certFile, join(folder.path, "certs/me.crt"));
  assert.deepEqual(
    warnings.map(({ file, line, keyPath }) => `${file}:${line} ${keyPath}`),
    ["cacert", "client_cert", "client_key"].map(
      (key, index) => `conf/client.toml:${index + 4} backends.a.${key}`,
    ),
  );
  folder.write("conf/certs/me.crt", "x");
  assert.match(
    (await faultsOf(load(folder, backend("a"), "conf/client.toml")))[0] ?? "",
    /me\.crt holds no certificate/,
  );
});

test("a listener beyond loopback is said to be an open door, and to whom", async () => {
  using folder = withCertificates();
  const open = await load(
    folder,
    `listen_address = ["127.0.0.1:1", "0.0.0.0:2"]\nallow_from = ["10.1.2.3", "127.0.0.1"]\n${backend("a")}`,
  );
  assert.deepEqual(open.config.allowFrom, ["10.1.2.3/32", "127.0.0.1/32"]);
  assert.match(open.warnings[0]?.message ?? "", /^0\.0\.0\.0:2: anyone in 10\.1\.2\.3\/32 who/);
  const shut = await load(
    folder,
    `listen_address = "0.0.0.0:2"\nallow_from = "127.0.0.0/8"\n${backend("a")}`,
  );
  assert.deepEqual(shut.warnings, []);
});

test("the admin API beyond loopback needs a token", async () => {
  using folder = withCertificates();
  const toml = `metric_address = "0.0.0.0:8403"\n${backend("a")}`;
  assert.match(
    (await faultsOf(load(folder, toml)))[0] ?? "",
    /^1:18 metric_address: 0\.0\.0\.0:8403 .*set metric_token/,
  );
  const { config } = await load(folder, `metric_token = "0123456789abcdef"\n${toml}`);
  assert.equal(config.metricToken, "0123456789abcdef");
  assert.equal(
    (await load(folder, `metric_address = "off"\n${backend("a")}`)).config.metricAddress,
    undefined,
  );
});

test("the command line's address takes the place of the file's, and outlives a reload", async () => {
  using folder = withCertificates();
  folder.write("client.toml", backend("a"));
  const listen = { host: "127.0.0.1", port: 0 };
  const { config } = await loadClientConfig("client.toml", { workingFolder: folder.path, listen });
  assert.deepEqual(config.listenAddresses, [listen]);
  assert.deepEqual(config.overrides, { listen });
});

test("a file that is not a client's configuration is told in one sentence", async () => {
  using folder = new ConfigFolder();
  const only = async (toml: string) => {
    const faults = await faultsOf(load(folder, toml));
    assert.equal(faults.length, 1, faults.join("\n"));
    return faults[0] ?? "";
  };
  assert.match(await only(""), /^1:1 backends: there is none; at least one \[backends\.NAME\]/);
  assert.match(await only("[backends]\n"), /^1:1 backends: there is none/);
  assert.match(await only("backends = 5\n"), /^1:12 backends: must be a table/);
  assert.match(await only("[backends]\na = 5\n"), /^2:1 backends\.a: must be a table/);
  assert.match(await only('auth_cert = "x"\n'), /server's configuration.*octoproxy server -c client\.toml/);
  assert.match(await only("a = 1\na = 1"), /^2:1 : the key or table is defined a second time/);
  assert.match(await only(`# ${"x".repeat(1024 * 1024)}`), /is larger than 1 MiB/);
  const missing = await faultsOf(loadClientConfig("none.toml", { workingFolder: folder.path }));
  assert.deepEqual(missing, ["undefined:undefined : there is no such file"]);
});

test("names of backends are printable and not endless", async () => {
  using folder = withCertificates();
  for (const name of ['""', '"a\\u001b[2J"', '"__proto__"', `"${"x".repeat(65)}"`]) {
    const faults = await faultsOf(load(folder, backend(name)));
    assert.match(
      faults[0] ?? "",
      /^1:1 backends\..*: a backend's name has 1 to 64 printable characters/,
      name,
    );
  }
  const [fault] = await faultsOf(load(folder, backend("tokyo.eu")));
  assert.match(fault ?? "", /1:1 backends\.tokyo: .*|a name with a dot needs quotes/);
});

test("one address is listened on once", async () => {
  using folder = withCertificates();
  const toml = `listen_address = ["127.0.0.1:8081", "8081", "127.0.0.1:0", "127.0.0.1:0"]\nmetric_address = "127.0.0.1:8081"\n`;
  assert.deepEqual(await faultsOf(load(folder, toml + backend("a"))), [
    "1:37 listen_address[1]: 127.0.0.1:8081 is listened on already",
    "2:18 metric_address: 127.0.0.1:8081 is listened on already",
  ]);
});

test("values that do not go together are told", async () => {
  using folder = withCertificates();
  const tables = `[backends.a.http2]\ninitial_conn_window_size = "1 MiB"\n[backends.a.quic]\nmax_idle_timeout = 5\n`;
  const { warnings } = await load(folder, backend("a", tables).replace('"http2"', '"auto"'));
  assert.deepEqual(
    warnings.map(({ line, keyPath }) => `${line} ${keyPath}`),
    ["8 backends.a.http2.initial_conn_window_size", "9 backends.a.quic.keep_alive_interval"],
  );
});
