import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../../error/proxy-error.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import { BareSide, settle } from "./testing/bare-side.ts";

/** One end of a tunnel: what it was told, checked against what may be told. */
class End implements StreamOwner {
  readonly stream: TunnelStream;
  readonly sent = createHash("sha1");
  readonly got = createHash("sha1");
  sentBytes = 0;
  gotBytes = 0;
  reading = true;
  ended = false;
  failed: ProxyError | undefined;
  owned = false;
  finished = false;

  constructor(stream: TunnelStream) {
    this.stream = stream;
  }

  own(): void {
    if (this.owned) return;
    this.owned = true;
    this.stream.own(this);
  }

  send(length: number, fill: number): void {
    if (this.finished) return;
    const chunk = Buffer.alloc(length, fill);
    this.sent.update(chunk);
    this.sentBytes += length;
    this.stream.write(chunk);
    chunk.fill(0xff); // the stream must have copied
  }

  finish(): void {
    this.finished = true;
    this.stream.end();
  }

  data(chunk: Uint8Array): boolean {
    assert.ok(!this.ended && this.failed === undefined && chunk.length > 0);
    this.got.update(chunk);
    this.gotBytes += chunk.length;
    return this.reading;
  }

  drain(): void {}

  end(): void {
    assert.ok(!this.ended && this.failed === undefined);
    this.ended = true;
  }

  reset(error: ProxyError): void {
    assert.equal(this.failed, undefined);
    this.failed = error;
  }
}

interface Pair {
  near: End | undefined;
  far: End;
  wasReset: boolean;
}

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("open" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      tunnel: fc.nat(7),
      up: fc.boolean(),
      length: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 90_000 })),
      fill: fc.nat(254),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("pause" as const, "flow" as const, "own" as const),
      tunnel: fc.nat(7),
      up: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("end" as const, "reset" as const),
      tunnel: fc.nat(7),
      up: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("carry" as const),
      up: fc.boolean(),
      cuts: fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 12 }),
    }),
  },
);

test("any conversation between two cores is byte-exact", async () => {
  const window = fc.constantFrom(1, 100, 16_384, 65_535, 2 * 1024 * 1024);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      window,
      fc.constantFrom(65_535, 100_000, 16 * 1024 * 1024),
      async (steps, streamWindow, connectionWindow) => {
        const settings = { streamWindow, connectionWindow, maxSendBuffer: 32_768 };
        const client = new BareSide("client", settings).start();
        const server = new BareSide("server", settings).start();
        settle(client, server);
        const pairs: Pair[] = [];
        server.onTunnel = (tunnel) => {
          pairs.push({ near: undefined, far: new End(tunnel.accept()), wasReset: false });
        };
        const failures: ProxyError[] = [];
        for (const s of steps) {
          if (s.kind === "open") {
            const number = pairs.length;
            client.client!.open(`target:${number}`, {
              opened: (stream) => {
                pairs[number]!.near = new End(stream);
              },
              failed: (error) => failures.push(error),
            });
            settle(client, server);
            continue;
          }
          if (s.kind === "carry") {
            const [from, to] = s.up ? [client, server] : [server, client];
            let bytes: Buffer = from.take();
            for (const cut of s.cuts) {
              to.receive(bytes.subarray(0, cut));
              bytes = bytes.subarray(cut);
            }
            to.receive(bytes);
            await Promise.resolve();
            continue;
          }
          const pair = pairs[s.tunnel];
          const end = s.up ? pair?.near : pair?.far;
          if (pair === undefined || end === undefined) continue;
          if (s.kind === "write") end.send(s.length, s.fill);
          else if (s.kind === "pause") end.reading = false;
          else if (s.kind === "own") end.own();
          else if (s.kind === "end") end.finish();
          else if (s.kind === "reset") {
            if (!end.owned) end.own();
            end.finished = true;
            pair.wasReset = true;
            end.stream.reset();
          } else {
            end.reading = true;
            if (end.owned) end.stream.resume();
          }
        }
        for (const { near, far } of pairs) {
          for (const end of [near!, far]) {
            end.own();
            end.reading = true;
            end.stream.resume();
            end.finish();
          }
        }
        for (let turn = 0; turn < 4; turn++) {
          settle(client, server);
          await Promise.resolve();
        }
        assert.deepEqual([client.failure, server.failure, failures], [undefined, undefined, []]);
        for (const { near, far, wasReset } of pairs) {
          if (wasReset) continue;
          assert.deepEqual([near!.gotBytes, far.gotBytes], [far.sentBytes, near!.sentBytes]);
          assert.equal(near!.got.digest("hex"), far.sent.digest("hex"));
          assert.equal(far.got.digest("hex"), near!.sent.digest("hex"));
          assert.ok(near!.ended && far.ended && !near!.failed && !far.failed);
        }
        for (const { core } of [client, server]) {
          assert.deepEqual([core.table.open.size, core.sender.backlog, core.credit.unread], [0, 0, 0]);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("mutated bytes never throw out of the core, and end the connection or leave it sound", () => {
  const speak = (): Buffer => {
    const client = new BareSide("client").start();
    const server = new BareSide("server").start();
    settle(client, server);
    const parts: Buffer[] = [];
    server.onTunnel = (tunnel) => new End(tunnel.accept()).own();
    client.client!.open("example.test:443", { opened: () => {}, failed: () => {} });
    parts.push(new BareSide("client").start().take(), client.take());
    const end = new End(client.core.table.open.get(1)!);
    end.send(2_000, 7);
    end.finish();
    parts.push(client.take());
    return Buffer.concat(parts);
  };
  const good = speak();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(good.length),
      (changes, cut) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const server = new BareSide("server").start();
        server.onTunnel = (tunnel) =>
          tunnel.authority.length % 2 === 0
            ? new End(tunnel.accept()).own()
            : tunnel.refuse(refusalOf(new ProxyError("DNS_ERROR"), "octoproxy-server"));
        server.receive(bytes.subarray(0, cut));
        server.receive(bytes.subarray(cut));
        server.take();
        assert.equal(server.core.over, server.failure !== undefined);
      },
    ),
    { numRuns: 500 },
  );
});
