// R25
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeCa, makeClient, makeServer } from "@octoproxy/lib/tls/certificate.fixture";
import { longLived } from "@octoproxy/lib/tls/peer-cases.fixture";
import { commonName } from "@octoproxy/lib/tls/x509/distinguished-name";
import { askAdmin } from "./harness/admin.ts";
import type { DaemonProcess } from "./harness/daemon-process.ts";
import { EchoTarget } from "./harness/echo-target.ts";
import { HeldTunnels } from "./harness/held-tunnels.ts";
import { onEachTransport } from "./harness/on-each-transport.ts";
import {
  backendTable,
  Folder,
  octoproxy,
  Pair,
  startClient,
  startServer,
  transports,
} from "./harness/pair.ts";
import { poison, startPoisonedAdmin } from "./harness/poisoned-admin.ts";
import { needs } from "./harness/programs.ts";
import { RawPeer } from "./harness/raw-peer.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TmuxWindow } from "./harness/tmux-window.ts";

const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** Whatever was written to a terminal or a log, as it is and as its JSON is read. */
const isPrintable = (text: string, what: string): void => assert.doesNotMatch(text, control, what);

/** Names and values of a JSON text, as they are once it is read. */
const stringsArePrintable = (json: string): void => {
  JSON.parse(json, (key, value: unknown) => {
    isPrintable(key, JSON.stringify(key));
    if (typeof value === "string") isPrintable(value, JSON.stringify(value));
    return value;
  });
};

const logsArePrintable = (...daemons: readonly DaemonProcess[]): void => {
  for (const daemon of daemons) {
    for (const word of daemon.words) isPrintable(word, "a word on stderr");
    stringsArePrintable(JSON.stringify(daemon.lines));
  }
};

onEachTransport(
  "control characters and escape sequences in host names, at every door: logs, answers and the admin API are printable",
  { pair: { client: 'metric_address = "127.0.0.1:0"', server: 'metric_address = "127.0.0.1:0"' } },
  async (pair) => {
    const names = [
      "\x1b[2Jevil.test",
      "evil\x07.test",
      "evil\r.test",
      "evil\x9b31m.test",
      "evil\x7f.test",
      "evil\x00.test",
    ];
    for (const name of names) {
      const socks5 = `\x05\x01\x00\x05\x01\x00\x03${String.fromCharCode(name.length)}${name}\x00\x50`;
      const socks4a = `\x04\x01\x00\x50\x00\x00\x00\x01user\x1b[2J\x00${name.replace("\x00", "\x01")}\x00`;
      for (const asked of [
        `CONNECT ${name}:80 HTTP/1.1\r\nHost: ${name}\r\n\r\n`,
        `GET http://${name}/ HTTP/1.1\r\nHost: ${name}\r\n\r\n`,
        socks5,
        socks4a,
      ]) {
        using peer = await RawPeer.connect(pair.proxy);
        const { text } = await peer.send(asked).end().rest();
        if (text.startsWith("HTTP")) isPrintable(text.replaceAll("\r\n", "\n"), text);
      }
    }
    // Names that are none to DNS but printable go all the way: the server's log has them, too.
    using peer = await RawPeer.connect(pair.proxy);
    peer.send("\x05\x01\x00\x05\x01\x00\x03\x0aspaced name\x00\x50").end();
    await peer.rest();
    for (const daemon of [pair.client, pair.server]) {
      const admin = await daemon.listening("admin");
      for (const path of ["/api/v1/status", "/api/v1/tunnels", "/metrics"])
        isPrintable((await askAdmin(admin, path)).text, path);
      for (const [method, path, body] of [
        ["POST", `/api/v1/backends/${encodeURIComponent(poison)}/disable`, undefined],
        ["PUT", "/api/v1/backends/local/protocol", { protocol: poison }],
        ["PUT", "/api/v1/backends/local/protocol", { [poison]: poison }],
        ["DELETE", `/api/v1/tunnels/${encodeURIComponent(poison)}`, undefined],
        ["GET", `/api/v1/explain?target=${encodeURIComponent(`${poison}:80`)}`, undefined],
      ] as const) {
        const answer = await askAdmin(admin, path, { method, ...(body === undefined ? {} : { body }) });
        assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`);
        const { error } = answer.json<{ error?: string }>();
        isPrintable(String(error), `${method} ${path}`);
      }
    }
    assert.ok(pair.client.running && pair.server.running);
    logsArePrintable(pair.client, pair.server);
  },
);

const hostile = "e\u001b[2J\u001b]2;pwned\u0007\u009b31m\r\nx";

for (const transport of transports) {
  test(`${transport}: control characters in certificates: both logs, the answer and the metrics are printable`, async () => {
    await using folder = await Folder.make();
    await mkdir(folder.file("certs/server"), { recursive: true });
    await mkdir(folder.file("certs/client"), { recursive: true });
    const ca = makeCa(hostile, longLived);
    const names = [
      { type: "DNS", value: "localhost" },
      { type: "URI", value: `urn:${hostile}` },
    ] as const;
    const server = makeServer(ca, { ...longLived, subject: commonName(hostile), names: [...names] });
    const client = makeClient(ca, { ...longLived, subject: commonName(hostile) });
    const stranger = makeClient(makeCa(`other ${hostile}`, longLived), {
      ...longLived,
      subject: commonName(hostile),
    });
    await folder.write("certs/ca.crt", ca.certificatePem);
    await folder.write("certs/server/server.crt", server.certificatePem);
    await folder.write("certs/server/server.key", server.keyPem);
    for (const [name, made] of [
      ["client", client],
      ["stranger", stranger],
    ] as const) {
      await folder.write(`certs/client/${name}.crt`, made.certificatePem);
      await folder.write(`certs/client/${name}.key`, made.keyPem);
    }
    const started = await startServer(folder, {
      webtransport: transport === "webtransport",
      extra: 'metric_address = "127.0.0.1:0"',
    });
    await using serverProcess = started.process;
    const at = started.reach(transport);
    const quick = "[backends.good.quic]\nmax_idle_timeout = 2\nkeep_alive_interval = 1";
    const good = backendTable("good", at, quick, transport);
    const tables =
      good +
      backendTable("stranger", at, "", transport).replaceAll("certs/client/client", "certs/client/stranger") +
      backendTable("misnamed", at, "", transport).replace(
        'server_name = "localhost"',
        'server_name = "other.test"',
      );
    const { process, proxy } = await startClient(
      folder,
      `metric_address = "127.0.0.1:0"\nbalance = "first"\n${tables}`,
    );
    await using clientProcess = process;
    for (const [name, status] of [
      ["good", "normal"],
      ["stranger", "closed"],
      ["misnamed", "closed"],
    ] as const)
      await clientProcess.line(
        (line) => line.backend === name && line.status === status,
        `${name} ${status}`,
      );
    await using target = await EchoTarget.start();
    using held = await HeldTunnels.open(proxy, target.address, 1);
    await held.echo();
    for (const daemon of [clientProcess, serverProcess]) {
      const admin = await daemon.listening("admin");
      for (const path of ["/api/v1/status", "/api/v1/backends", "/api/v1/tunnels", "/metrics"]) {
        const { status, text, type } = await askAdmin(admin, path);
        if (status === 404) continue;
        isPrintable(text, path);
        if (type.includes("json")) stringsArePrintable(text);
      }
    }
    held[Symbol.dispose]();
    serverProcess.kill("SIGKILL");
    await clientProcess.line((line) => line.backend === "good" && line.status === "closed", "good closed");
    const { head, socket } = await connectThrough(proxy, target.address);
    socket.destroy();
    isPrintable(head.replaceAll("\r\n", "\n"), head);
    logsArePrintable(clientProcess, serverProcess);
    const shown = await octoproxy(["easycert", "show", folder.file("certs/server/server.crt")]);
    isPrintable(`${shown.stdout}${shown.stderr}`, "easycert show");
  });
}

test("control characters in TOML and in file names: what is said of them is printable", async () => {
  await using folder = await Folder.make();
  const escaped = "\\u001b[2J\\u0007\\u009b31m\\r\\n";
  const tomls = {
    "a key": `"k${escaped}" = 1\n`,
    "a backend's name": `[backends."b${escaped}"]\naddress = "h:1"\n`,
    "a word": `balance = "${escaped}"\n`,
    "an address": `listen_address = "${escaped}"\n`,
    "a file's name": `[backends.b]\naddress = "h:1"\nclient_cert = "c${escaped}.crt"\nclient_key = "k${escaped}.key"\n`,
    "raw bytes": 'listen_address = "\u001b[2J"\n\u001b]2;pwned\u0007 = 1\n',
    "a host rule": `host_rule = "r${escaped}.toml"\n`,
  };
  for (const [name, toml] of Object.entries(tomls)) {
    await folder.write("client.toml", toml);
    const { status, stdout, stderr } = await octoproxy(["client", "-c", "client.toml"], folder.path);
    assert.equal(status, 2, `${name}: ${stderr}`);
    isPrintable(`${stdout}${stderr}`, `${name}: ${JSON.stringify(stderr)}`);
  }
  const odd = await octoproxy(["client", "-c", "\u001b[2Jnowhere.toml"], folder.path);
  assert.equal(odd.status, 2);
  isPrintable(`${odd.stdout}${odd.stderr}`, JSON.stringify(odd.stderr));
});

test("control characters in everything that an admin API says: TUI and commands show printable text only", {
  skip: needs("tmux"),
}, async () => {
  await using pair = await Pair.start({ client: 'metric_address = "127.0.0.1:0"' });
  await using target = await EchoTarget.start();
  using held = await HeldTunnels.open(pair.proxy, target.address, 2);
  await held.echo();
  await using admin = await startPoisonedAdmin(await pair.client.listening("admin"));
  for (const args of [["tui", "--once"], ["explain", "db.example:443"], ["reload"]]) {
    const { stdout, stderr } = await octoproxy([...args, "-a", admin.address], pair.folder.path);
    assert.match(`${stdout}${stderr}`, /\?\[2J\?\]2;pwned\?|reloaded/, args.join(" "));
    isPrintable(`${stdout}${stderr}`, JSON.stringify(`${stdout}${stderr}`));
  }
  const bin = fileURLToPath(new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url));
  const command = `'${process.execPath}' '${bin}' tui -a ${admin.address}`;
  await using window = await TmuxWindow.open(command, { columns: 160, rows: 40 });
  await window.until(/127\.0\.0\.1:\d+\?\[2J\?\]2;pwned\?/, "what would have cleared the screen, as text");
  assert.doesNotMatch(await window.title(), /pwned/);
});
