import assert from "node:assert/strict";
import { test } from "node:test";
import { serverHttp2Settings } from "./http2-settings.ts";
import { BareSide, settle } from "./testing/bare-side.ts";
import { errorCode } from "./wire-constants.ts";

const pair = (
  clientSettings: object = {},
  serverSettings: object = {},
): { client: BareSide; server: BareSide } => {
  const client = new BareSide("client", clientSettings).start();
  const server = new BareSide("server", serverSettings).start();
  settle(client, server);
  return { client, server };
};

const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** The error code of the last GOAWAY in what a side sends. */
const goawayCode = (bytes: Buffer): number | undefined => {
  let code: number | undefined;
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 7) code = bytes.readUInt32BE(at + 9 + 4);
  }
  return code;
};

/** A call, so that the compiler does not take an earlier answer for the later one. */
const codeOf = (side: BareSide): string | undefined => side.failure?.code;

const listener = { opened: () => {}, failed: () => {} };

test("10,000 cancelled tunnels at once are borne, a thousand a second after that, no more", () => {
  const { client, server } = pair();
  const burst = (count: number): void => {
    for (let done = 0; done < count; done++) {
      const stream = client.client!.open("a.test:1", listener)!;
      client.client!.cancel(stream);
    }
    // The client's own pacing would hold back: here its resets go at once.
    server.receive(client.take());
  };
  burst(10_000);
  assert.equal(server.failure, undefined);
  server.now += 1_000;
  burst(0);
  client.now = client.core.now = 1_001;
  burst(1_000);
  assert.equal(server.failure, undefined);
  // What the client held back itself comes with time, and the server bears it.
  for (let second = 0; second < 5; second++) {
    client.now += 1_000;
    server.now += 1_000;
    client.core.tick(client.now);
    server.receive(client.take());
  }
  assert.equal(server.failure, undefined);
  const raw: Buffer[] = [];
  const head = Buffer.from("\x42\x07CONNECT\x41\x08a.test:1", "latin1");
  for (let id = 1_000_001, count = 0; count < 12_000; id += 2, count++) {
    raw.push(frame(1, 4, id, head), frame(3, 0, id, Buffer.from([0, 0, 0, 8])));
  }
  server.receive(Buffer.concat(raw));
  assert.equal(codeOf(server), "PROTOCOL_ERROR");
  assert.equal(goawayCode(server.take()), errorCode.enhanceYourCalm);
});

test("towards a server that does not say what it bears the client paces its resets", () => {
  const client = new BareSide("client").start();
  client.take();
  client.receive(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(4, 1, 0, Buffer.alloc(0))]));
  client.take();
  const resets = (): number => {
    let count = 0;
    const bytes = client.take();
    for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === 3) count++;
    return count;
  };
  for (let done = 0; done < 1_500; done++) {
    const stream = client.client!.open("a.test:1", listener)!;
    client.client!.cancel(stream);
  }
  assert.equal(resets(), 1_000);
  assert.equal(client.core.pacer.length, 500);
  client.core.tick(1_001);
  assert.equal(resets(), 33);
  for (let second = 2; second < 20; second++) client.core.tick(second * 1_000);
  assert.ok(resets() >= 400);
});

for (const [what, bytes] of [
  ["PING", frame(6, 0, 0, Buffer.alloc(8))],
  ["SETTINGS", frame(4, 0, 0, Buffer.alloc(0))],
  ["PRIORITY", frame(2, 0, 1, Buffer.from([0, 0, 0, 3, 1]))],
  ["frames of an unknown type", frame(0xbb, 0, 0, Buffer.alloc(1))],
] as const) {
  for (const role of ["server", "client"] as const) {
    test(`more than 2,000 ${what} a second end the connection (${role})`, () => {
      const { client, server } = pair();
      const side = role === "server" ? server : client;
      side.receive(Buffer.concat(Array.from({ length: 1_900 }, () => bytes)));
      assert.equal(side.failure, undefined);
      side.receive(Buffer.concat(Array.from({ length: 200 }, () => bytes)));
      assert.equal(goawayCode(side.take()), errorCode.enhanceYourCalm);
      const after = side.core.sender.output.length;
      side.receive(bytes);
      assert.equal(side.core.sender.output.length, after, "nothing is parsed any more");
    });
  }
}

test("a thousand empty DATA frames end the connection", () => {
  const { client, server } = pair();
  server.onTunnel = (tunnel) => tunnel.accept();
  client.client!.open("a.test:1", listener);
  settle(client, server);
  const empty = frame(0, 0, 1, Buffer.alloc(0));
  server.receive(Buffer.concat(Array.from({ length: 990 }, () => empty)));
  assert.equal(server.failure, undefined);
  server.receive(Buffer.concat(Array.from({ length: 20 }, () => empty)));
  assert.equal(goawayCode(server.take()), errorCode.enhanceYourCalm);
});

test("a thousand requests other than CONNECT are answered, and a hundred a second after that, no more", () => {
  const { server } = pair();
  const head = Buffer.from("828784010161", "hex");
  let asked = 0;
  const ask = (count: number): void => {
    const heads = Array.from({ length: count }, (_, at) => frame(1, 0x5, 2 * (asked + at) + 1, head));
    server.receive(Buffer.concat(heads));
    asked += count;
    assert.ok(server.take().includes("CONNECT"));
  };
  ask(1_000);
  server.now += 1_000;
  ask(100);
  assert.equal(server.failure, undefined);
  server.receive(frame(1, 0x5, 2 * asked + 1, head));
  assert.match(server.failure!.message, /other than CONNECT/);
});

test("a header block of nine parts, or of more than 64 KiB, ends the connection", () => {
  const parts = pair().server;
  parts.receive(frame(1, 0, 1, Buffer.from([0x82])));
  for (let count = 0; count < 9 && parts.failure === undefined; count++) {
    parts.receive(frame(9, 0, 1, Buffer.from([0x82])));
  }
  assert.equal(goawayCode(parts.take()), errorCode.enhanceYourCalm);
  const large = pair().server;
  large.receive(frame(1, 0, 1, Buffer.alloc(40_000)));
  large.receive(frame(9, 0, 1, Buffer.alloc(40_000)).subarray(0, 9));
  assert.equal(goawayCode(large.take()), errorCode.enhanceYourCalm);
});

test("more than the window, or a window above 2^31-1, is a flow control error", () => {
  const { server } = pair({}, { connectionWindow: 65_535 });
  server.receive(frame(1, 4, 1, Buffer.from("\x42\x07CONNECT\x41\x08a.test:1", "latin1")));
  // Credit goes back on receipt: only what is announced in one frame can be too much at once.
  server.receive(frame(0, 0, 1, Buffer.alloc(65_536)).subarray(0, 9));
  assert.equal(goawayCode(server.take()), errorCode.flowControlError);
  const { client } = pair();
  client.receive(frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])));
  assert.equal(goawayCode(client.take()), errorCode.flowControlError);
});

test("a peer that lets more than 16 MiB wait and takes nothing for 30 s is let go; a busy one is not", () => {
  for (const reads of [false, true]) {
    const { client, server } = pair({ streamWindow: 65_535 });
    server.onTunnel = (tunnel) => tunnel.accept();
    for (let count = 0; count < 300; count++) client.client!.open("a.test:1", listener);
    settle(client, server);
    for (const stream of server.core.table.open.values()) stream.write(Buffer.alloc(128 * 1024));
    settle(client, server);
    assert.ok(server.core.sender.backlog > 16 * 1024 * 1024);
    for (let second = 1; second <= 45; second++) {
      server.core.tick(1 + second * 1_000);
      if (reads && second % 10 === 0) {
        server.receive(frame(8, 0, 2 * second + 1, Buffer.from([0, 1, 0, 0])));
        server.take();
      }
      if (second % 5 === 0) server.core.keepAlive.received(1 + second * 1_000);
    }
    assert.equal(server.failure?.message.includes("does not read"), reads ? undefined : true);
  }
});

test("SETTINGS that are not acknowledged end the connection after 10 s", () => {
  const server = new BareSide("server").start();
  const client = new BareSide("client").start();
  server.receive(client.take());
  server.tickUntil(9_000);
  assert.equal(server.failure, undefined);
  server.core.keepAlive.received(11_000);
  server.tickUntil(11_000);
  assert.equal(codeOf(server), "BACKEND_LOST");
  assert.equal(goawayCode(server.take()), errorCode.settingsTimeout);
});

test("keep-alive: a PING after the interval, the end after the timeout, any byte is a sign of life", () => {
  const { client, server } = pair({ keepAliveIntervalMs: 5_000, keepAliveTimeoutMs: 3_000 });
  client.tickUntil(4_000);
  assert.equal(client.take().length, 0);
  client.tickUntil(5_500);
  const ping = client.take();
  assert.equal(ping[3], 6);
  client.tickUntil(8_000);
  assert.equal(client.failure, undefined);
  client.now = 8_100;
  server.receive(ping);
  client.receive(server.take());
  assert.equal(client.core.keepAlive.roundTripMs, 2_600);
  client.tickUntil(13_200);
  assert.equal(client.take()[3], 6);
  client.tickUntil(16_300);
  assert.equal(codeOf(client), "BACKEND_LOST");
});

test("a process that slept gives the other side its whole time again, whatever was under way", () => {
  const settings = { keepAliveIntervalMs: 5_000, keepAliveTimeoutMs: 3_000 };
  const { client } = pair(settings);
  client.tickUntil(6_000);
  assert.equal(client.take()[3], 6);
  client.core.tick(66_000);
  assert.equal(client.failure, undefined);
  assert.equal(
    client.core.keepAlive.neglects(66_500, 5_900),
    false,
    "nor is a write too old that began before",
  );
  client.core.tick(67_500);
  client.core.tick(69_000);
  assert.equal(codeOf(client), "BACKEND_LOST");
});

test("a server waits five minutes for a silent client, and twenty seconds for one that speaks and does not read", () => {
  const { server } = pair({}, serverHttp2Settings);
  const { keepAlive } = server.core;
  server.tickUntil(299_000);
  assert.equal(server.failure, undefined);
  assert.equal(keepAlive.neglects(280_000, 1), false);
  assert.equal(keepAlive.neglects(299_000, 1), true);
  server.tickUntil(301_000);
  assert.equal(codeOf(server), "BACKEND_LOST");
  keepAlive.received(302_000);
  assert.equal(keepAlive.neglects(302_000, 281_900), true);
  assert.equal(keepAlive.neglects(302_000, 282_100), false);
});

test("while idle there is no PING where that is not wanted", () => {
  const { client } = pair({ keepAliveWhileIdle: false });
  client.tickUntil(100_000);
  assert.equal(client.take().length, 0);
});

test("what waits for a peer's windows is bounded at once, beside a last chunk of each tunnel", () => {
  const { client, server } = pair({ streamWindow: 1 }, { maxKept: 100_000 });
  server.onTunnel = (tunnel) => tunnel.accept();
  for (let count = 0; count < 100; count++) client.client!.open("a.test:1", listener);
  settle(client, server);
  for (const stream of server.core.table.open.values()) stream.write(Buffer.alloc(4096));
  assert.equal(server.failure, undefined);
  for (const stream of [...server.core.table.open.values()]) stream.write(Buffer.alloc(4096));
  assert.equal(goawayCode(server.take()), errorCode.enhanceYourCalm);
  assert.equal(server.core.sender.backlog, 0);
});
