// Hostile bytes into the core, in both roles: mutated, cut anywhere, judged by what may never happen.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProxyError } from "../../error/proxy-error.ts";
import { fuzzing } from "../../testing/fuzzing.ts";
import { refusalOf } from "../../tunnel/proxy-status.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import { BareSide } from "./testing/bare-side.ts";
import { conversation, cutAt, mutated } from "./testing/frame-arbitraries.ts";
import { RawFrameReader, types } from "./testing/raw-frames.ts";

/** Remembers what a tunnel was told, and fails where the order of it is impossible. */
class Witness implements StreamOwner {
  readonly id: number;
  bytes = "";
  fate = "";
  readonly reads: boolean;

  constructor(stream: TunnelStream, reads: boolean) {
    this.id = stream.id;
    this.reads = reads;
    stream.own(this);
  }

  data(chunk: Uint8Array): boolean {
    assert.equal(this.fate, "", "data after the end");
    assert.ok(chunk.length > 0);
    this.bytes += Buffer.from(chunk).toString("latin1");
    return this.reads;
  }

  drain(): void {}

  end(): void {
    assert.equal(this.fate, "");
    this.fate = "ended";
  }

  reset(error: ProxyError): void {
    assert.ok(error instanceof ProxyError);
    assert.ok(!this.fate.includes("reset"));
    this.fate += "reset";
  }
}

/** When these go out, and whether before a reset, depends on how the bytes were cut: owners act in microtasks. */
const dependent = {
  client: new Set<number>([types.data, types.windowUpdate, types.rstStream]),
  // A server answers when all that was read at once is done. Who was answered is seen by what the tunnels received.
  server: new Set<number>([types.data, types.windowUpdate, types.rstStream, types.headers]),
};

interface Outcome {
  readonly failure: string | undefined;
  readonly openStreams: number;
  /** What tunnels received whose owner reads on and that were not reset: neither loses a byte. */
  readonly tunnels: string[];
  /** Frames sent but those that depend on the cuts. */
  readonly frames: string[];
  readonly sent: number;
}

/** Feeds the parts to a fresh core and lets microtasks run after each. */
const feed = async (role: "client" | "server", parts: readonly Buffer[]): Promise<Outcome> => {
  const side = new BareSide(role);
  const witnesses: Witness[] = [];
  side.onTunnel = (tunnel) => {
    const [kind] = tunnel.authority.split(".");
    if (kind === "wait") return;
    if (kind === "other") tunnel.refuse(refusalOf(new ProxyError("DNS_ERROR"), "octoproxy-server"));
    else witnesses.push(new Witness(tunnel.accept(), kind !== "stuck"));
  };
  side.start();
  for (let count = 0; count < 6 && side.client !== undefined; count += 1) {
    side.client.open("a.test:443", {
      opened: (stream) => witnesses.push(new Witness(stream, count !== 5)),
      failed: (error) => assert.ok(error instanceof ProxyError),
    });
  }
  const out: Buffer[] = [];
  for (const part of parts) {
    side.receive(part);
    await Promise.resolve();
    out.push(side.take());
  }
  await Promise.resolve();
  const bytes = Buffer.concat(out);
  const prefaceLength = role === "client" ? 24 : 0;
  const frames = new RawFrameReader()
    .push(bytes.subarray(prefaceLength))
    .filter(({ type }) => !dependent[role].has(type))
    .map(({ type, flags, stream, payload }) => `${type} ${flags} ${stream} ${payload.toString("hex")}`);
  return {
    failure: side.failure?.message,
    openStreams: side.core.table.open.size,
    tunnels: witnesses
      .filter(({ reads, fate }) => reads && !fate.includes("reset"))
      .map(
        ({ id, bytes: received, fate }) =>
          `${id} ${fate} ${Buffer.from(received, "latin1").toString("base64")}`,
      ),
    frames,
    sent: bytes.length,
  };
};

for (const role of ["server", "client"] as const) {
  const peer = role === "server" ? "client" : "server";
  const places = fc.array(fc.nat(), { maxLength: 30 });

  test(`${role}: any conversation has the same outcome, wherever it is cut`, async () => {
    let faults = 0;
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(conversation(peer), mutated(conversation(peer))),
        places,
        async (bytes, cuts) => {
          const whole = await feed(role, [bytes]);
          const cut = await feed(role, cutAt(bytes, cuts));
          // A server answers once all that was read is done: what comes behind a request may find its stream closed.
          if ([cut, whole].some(({ failure }) => failure?.endsWith("on a closed stream"))) return;
          assert.equal(cut.failure, whole.failure);
          assert.deepEqual(cut.frames, whole.frames);
          // An owner's first call comes in a microtask: what a fault in the same chunk forestalls may differ.
          if (whole.failure === undefined) assert.deepEqual(cut.tunnels, whole.tunnels);
          if (whole.failure === undefined) sound += 1;
          else faults += 1;
        },
      ),
      fuzzing(`http2-cut-${role}`),
    );
    assert.ok(faults > 20 && sound > 20, `${faults} faults, ${sound} sound: the generator is one-sided`);
  });

  test(`${role}: mutated bytes never throw, and make the core say no more than a bound`, async () => {
    await fc.assert(
      fc.asyncProperty(mutated(conversation(peer)), places, async (bytes, cuts) => {
        const { sent, failure, openStreams } = await feed(role, cutAt(bytes, cuts));
        // A frame of 9 bytes asks for at most a refusal with its words.
        assert.ok(sent <= 2000 + bytes.length * 40, `${sent} bytes for ${bytes.length}`);
        if (failure !== undefined) assert.equal(openStreams, 0);
      }),
      fuzzing(`http2-mutated-${role}`),
    );
  });

  test(`${role}: bytes without any sense end the connection at once`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 300 }), places, async (bytes, cuts) => {
        const { failure } = await feed(role, cutAt(Buffer.from(bytes), cuts));
        assert.notEqual(failure, undefined);
      }),
      fuzzing(`http2-noise-${role}`),
    );
  });
}
