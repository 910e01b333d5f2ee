import assert from "node:assert/strict";
import { test } from "node:test";
import { HpackEncoder } from "./hpack/encoder.ts";
import { BareSide } from "./testing/bare-side.ts";
import { codes, flags, frame, preface, rstStream, settings, types } from "./testing/raw-frames.ts";

const started = (): { server: BareSide; connect: (id: number) => Buffer } => {
  const server = new BareSide("server").start();
  const encoder = new HpackEncoder();
  server.receive(Buffer.concat([preface, settings()]));
  const connect = (id: number): Buffer =>
    frame(
      types.headers,
      flags.endHeaders,
      id,
      encoder.encode([
        [":method", "CONNECT"],
        [":authority", `host:${id}`],
      ]),
    );
  return { server, connect };
};

test("what is cancelled in the same breath never becomes a tunnel", () => {
  const { server, connect } = started();
  server.receive(Buffer.concat([connect(1), connect(3), rstStream(1, codes.cancel)]));
  assert.deepEqual(
    server.tunnels.map(({ authority }) => authority),
    ["host:3"],
  );
  assert.equal(server.core.table.open.size, 1);
  server.receive(Buffer.concat([connect(5), rstStream(3, codes.cancel)]));
  assert.equal(server.tunnels.length, 2);
  assert.ok(server.tunnels[0]?.cancelled.aborted);
});

test("bytes that come in the same breath as their CONNECT are the tunnel's first", async () => {
  const { server, connect } = started();
  let received = "";
  server.onTunnel = (tunnel) =>
    tunnel.accept().own({
      data: (chunk) => {
        received += Buffer.from(chunk).toString();
        return true;
      },
      drain: () => {},
      end: () => {
        received += ".";
      },
      reset: () => {},
    });
  server.receive(
    Buffer.concat([
      connect(1),
      frame(types.data, 0, 1, "first"),
      frame(types.data, flags.endStream, 1, " last"),
    ]),
  );
  await Promise.resolve(); // owners are told in microtasks
  assert.equal(received, "first last.");
});

test("a connection that ends in the same breath leaves no tunnel to dial", () => {
  const { server, connect } = started();
  server.receive(Buffer.concat([connect(1), frame(types.data, 0, 0, "to no stream")]));
  assert.ok(server.failure !== undefined);
  assert.deepEqual(server.tunnels, []);
});
