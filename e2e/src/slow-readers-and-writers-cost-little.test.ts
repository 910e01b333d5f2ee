import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf, type FloodRow } from "./floods/flood-row.ts";
import { HonestBeside, honestRequest } from "./floods/honest-beside.ts";
import { ResidentMemory } from "./floods/resident-memory.ts";
import { SlowOnes } from "./floods/slow-ones.ts";
import { WireTargets } from "./floods/wire-targets.ts";
import { everydayTransports } from "./harness/on-each-transport.ts";
import { Pair, type TransportName } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";
const each = 20;
const holdMs = process.env.OCTOPROXY_FULL === undefined ? 700 : 15_000;

interface Place {
  readonly pair: Pair;
  readonly targets: WireTargets;
  readonly admin: { readonly client: string; readonly server: string };
}

type Limits = Readonly<Record<TransportName, number>>;

interface Slowness {
  readonly name: string;
  readonly role: FloodRow["role"];
  /** MiB of the daemon named. */
  readonly limit: Limits;
  /** The same whatever lies between client and server: once is enough. */
  readonly once?: boolean;
  begin(slow: SlowOnes, place: Place): Promise<unknown>;
}

const connectHead = (target: string): string => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;

const socks5 = (target: string): readonly string[] => {
  const { host, port } = hostAndPort(target);
  const bytes = [...host.split(".").map(Number), port >> 8, port & 255];
  return ["\x05\x01\x00", `\x05\x01\x00\x01${String.fromCharCode(...bytes)}`];
};

const metrics = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(500);
const events =
  "GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** What a client may hold that nobody reads: 39 MiB over HTTP/2 (`doc/http2.md`), with the garbage of it; R32 over QUIC. */
const unread: Limits = { http2: 48, quic: 64, webtransport: 64 };
/** R32. */
const most: Limits = { http2: 16, quic: 64, webtransport: 64 };

const unreadDownloads: Slowness["begin"] = (slow, { pair, targets }) =>
  slow.come(pair.proxy, each, connectHead(targets.authorityOf("source.test:1")));

const slownesses: readonly Slowness[] = [
  {
    name: "downloads through CONNECT that nobody reads",
    role: "client",
    limit: unread,
    begin: unreadDownloads,
  },
  {
    name: "downloads through SOCKS that nobody reads",
    role: "client",
    limit: unread,
    begin: (slow, { pair, targets }) =>
      slow.come(pair.proxy, each, socks5(targets.authorityOf("source.test:1"))),
  },
  {
    name: "plain HTTP downloads that nobody reads",
    role: "client",
    limit: unread,
    begin: (slow, { pair, targets }) =>
      slow.come(
        pair.proxy,
        each,
        `GET http://${targets.authorityOf("page.test:1")}/ HTTP/1.1\r\nHost: a\r\n\r\n`,
      ),
  },
  {
    name: "the same, seen at the server",
    role: "server",
    limit: most,
    begin: unreadDownloads,
  },
  {
    name: "uploads of a byte now and then",
    role: "client",
    limit: most,
    begin: async (slow, { pair, targets }) => {
      const sink = targets.authorityOf("sink.test:1");
      await slow.come(pair.proxy, each, connectHead(sink));
      const post = `POST http://${sink}/ HTTP/1.1\r\nHost: ${sink}\r\nContent-Length: 1000000\r\n\r\n`;
      await slow.come(pair.proxy, each, post);
      slow.dribble(20);
    },
  },
  ...(["client", "server"] as const).flatMap((role): Slowness[] => [
    {
      name: `500 metrics pages in one breath that nobody reads, admin API of the ${role}`,
      role,
      once: true,
      limit: most,
      begin: (slow, { admin }) => slow.come(admin[role], each, metrics),
    },
    {
      name: `events that nobody reads, admin API of the ${role}`,
      role,
      once: true,
      limit: most,
      begin: (slow, { admin }) => slow.come(admin[role], each, events),
    },
  ]),
];

// R18, R21
for (const transport of everydayTransports)
  test(`slow readers and writers at every door and at the admin APIs cost little (${transport})`, {
    skip,
  }, async (t) => {
    const adminOn = 'metric_address = "127.0.0.1:0"';
    await using pair = await Pair.start({ transport, client: adminOn, server: adminOn });
    await using targets = await WireTargets.start();
    const admin = {
      client: await pair.client.listening("admin"),
      server: await pair.server.listening("admin"),
    };
    const memories = {
      client: new ResidentMemory(pair.client.pid),
      server: new ResidentMemory(pair.server.pid),
    };
    await memories.server.warmUp(() => honestRequest(pair.proxy, targets.echo));
    for (const slowness of slownesses.filter(({ once }) => once !== true || transport === "http2"))
      await bestOf(t, slowness.limit[transport], async () => {
        const memory = memories[slowness.role];
        await memory.begin();
        await using honest = HonestBeside.through(pair.proxy, targets.echo);
        using slow = new SlowOnes();
        await slowness.begin(slow, { pair, targets, admin });
        await new Promise((resolve) => setTimeout(resolve, holdMs));
        const honestMs = await honest.end();
        return {
          kind: "readers and writers",
          attack: `${slowness.name} (${transport})`,
          role: slowness.role,
          certificate: "–",
          grownMiB: await memory.grown(),
          honestMs,
          end: `${slow.open} still there`,
        };
      });
    assert.ok(pair.server.running && pair.client.running);
    await honestRequest(pair.proxy, targets.echo);
  });
