// R28
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { inIsolation } from "./harness/isolated.ts";
import { everydayTransports, onEachTransport } from "./harness/on-each-transport.ts";
import { Pair } from "./harness/pair.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";

/** Counts who comes, on an address and a port of the system's choice or the given one. */
const listen = async (host: string, port = 0) => {
  const seen = { accepted: 0 };
  const server = createServer((socket) => {
    seen.accepted++;
    socket.on("error", () => undefined);
    socket.end(`here is ${host}`);
  }).listen(port, host);
  await once(server, "listening");
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
};

/** Every way to write an IPv4 address that somebody's resolver or URL parser knows. */
const notations = (a: number, b: number, c: number, d: number): string[] => {
  const all = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = (value: number, digits = 2): string => value.toString(16).padStart(digits, "0");
  const words = `${hex((a << 8) | b, 4)}:${hex((c << 8) | d, 4)}`;
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}.`,
    `${a}.${b}.${(c << 8) | d}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    `${all}`,
    `0x${hex(all, 8)}`,
    `0${all.toString(8)}`,
    [a, b, c, d].map((part) => `0x${hex(part)}`).join("."),
    [a, b, c, d].map((part) => `0${part.toString(8).padStart(3, "0")}`).join("."),
    `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::ffff:${words}]`,
    `[0:0:0:0:0:ffff:${words}]`,
    `[64:ff9b::${words}]`,
    `[64:ff9b::${a}.${b}.${c}.${d}]`,
    `[::${words}]`,
    `[2002:${words}::1]`,
  ];
};

const hosts = [
  "127.0.0.1 localhost",
  "169.254.169.254 metadata.test",
  "169.254.7.7 link-local.test",
  "fe80::1 link-local-6.test",
  "127.0.0.1 self.test",
  "::ffff:127.0.0.1 self-mapped.test",
  "169.254.169.254 both.test",
  "127.0.0.9 both.test",
  "169.254.169.254 none.test",
  "169.254.7.7 none.test",
];

inIsolation(import.meta.url, { hosts, addresses: ["169.254.169.254/32", "169.254.7.7/32"] }, () => {
  onEachTransport(
    "cloud metadata, link-local addresses and the server's own listeners, in every notation and by names: 403, and nobody is connected",
    { pair: { server: 'metric_address = "127.0.0.1:0"' } },
    async (pair) => {
      await using metadata = await listen("169.254.169.254");
      await using linkLocal = await listen("169.254.7.7");
      const own = pair.serverAddress.split(":")[1];
      const admin = (await pair.server.listening("admin")).split(":")[1];
      const targets = [
        ...notations(169, 254, 169, 254).map((host) => `${host}:${metadata.port}`),
        ...["metadata.test", "METADATA.test", "metadata.test."].map((host) => `${host}:${metadata.port}`),
        ...notations(169, 254, 7, 7).map((host) => `${host}:${linkLocal.port}`),
        `link-local.test:${linkLocal.port}`,
        `link-local-6.test:${linkLocal.port}`,
        `[fe80::1]:${linkLocal.port}`,
        `none.test:${metadata.port}`,
        `[fd00:ec2::254]:80`,
        ...[own, admin].flatMap((port) =>
          [...notations(127, 0, 0, 1), "localhost", "self.test", "self-mapped.test"].map(
            (host) => `${host}:${port}`,
          ),
        ),
      ];
      const connectedBefore = pair.server.lines.filter(({ msg }) => msg === "client refused").length;
      for (const target of targets) {
        const { status, head, socket } = await connectThrough(pair.proxy, target);
        socket.destroy();
        // What is no way to write a host for us is refused as that, before anybody is asked.
        assert.ok(status === 403 || status === 400, `${target}: ${head}`);
        if (status === 403) assert.match(head, /error=destination_ip_prohibited/, target);
      }
      assert.deepEqual([metadata.seen.accepted, linkLocal.seen.accepted], [0, 0]);
      assert.equal(
        pair.server.lines.filter(({ msg }) => msg === "client refused").length,
        connectedBefore,
        "nobody came to the server's own port",
      );
    },
  );

  onEachTransport("a name with a denied and a good address: the good one is used", {}, async (pair) => {
    await using good = await listen("127.0.0.9");
    await using denied = await listen("169.254.169.254", good.port);
    for (let round = 0; round < 5; round++) {
      const { status, head, socket } = await connectThrough(pair.proxy, `both.test:${good.port}`);
      assert.equal(status, 200, head);
      assert.equal((await readAll(socket)).toString(), "here is 127.0.0.9");
      socket.end();
    }
    assert.deepEqual([good.seen.accepted, denied.seen.accepted], [5, 0]);
  });

  for (const transport of everydayTransports)
    test(`${transport}: what is allowed by name of its address is reached: the tests above could fail`, async () => {
      await using pair = await Pair.start({ transport, server: '[egress]\nallow = ["169.254.169.254"]' });
      await using metadata = await listen("169.254.169.254");
      const { status, head, socket } = await connectThrough(pair.proxy, `metadata.test:${metadata.port}`);
      assert.equal(status, 200, head);
      assert.equal((await readAll(socket)).toString(), "here is 169.254.169.254");
      socket.end();
      assert.equal(metadata.seen.accepted, 1);
    });
});
