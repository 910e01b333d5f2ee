import assert from "node:assert/strict";
import { test } from "node:test";
import { Recorder } from "../conformance/recorder.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { BareSide } from "./testing/bare-side.ts";
import { flags, frame, RawFrameReader, rstStream, settings, types } from "./testing/raw-frames.ts";
import { errorCode } from "./wire-constants.ts";

/** A client with one tunnel that stands, of which the server has said all. */
const answered = (window = 65_535) => {
  const client = new BareSide("client").start();
  client.receive(settings({ 4: window }));
  let tunnel: TunnelStream | undefined;
  const opened = (stream: TunnelStream): void => {
    tunnel = stream;
  };
  const { id } = client.client!.open("a.test:1", { opened, failed: assert.fail })!;
  client.receive(frame(types.headers, flags.endHeaders, id, Buffer.of(0x88)));
  return { client, id, stream: tunnel! };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const told = (reader: Recorder): string | undefined => reader.failure?.code;
const lastWord = (id: number): Buffer => frame(types.data, flags.endStream, id, Buffer.from("all of it"));

test("a server that needs no more behind its last byte takes nothing from the reader, slow as it may be", async () => {
  const { client, id, stream } = answered();
  client.receive(Buffer.concat([lastWord(id), rstStream(id, errorCode.noError)]));
  assert.equal(client.core.table.open.size, 0);
  const reader = new Recorder(stream);
  await turn();
  assert.equal(reader.text, "all of it");
  assert.equal(reader.ended, true);
  assert.equal(told(reader), undefined);
  client.take();
  stream.end();
  stream.reset();
  assert.equal(client.take().length, 0, "what is over is not ended once more");
});

test("who writes on is told that nobody takes it", async () => {
  const { client, id, stream } = answered();
  const reader = new Recorder(stream);
  client.receive(Buffer.concat([lastWord(id), rstStream(id, errorCode.noError)]));
  await turn();
  client.take();
  assert.equal(stream.write(Buffer.from("more")), true);
  assert.equal(told(reader), "RESET");
  assert.equal(client.take().length, 0);
});

test("what waited for the server's window is dropped, and its writer goes on to hear of it", async () => {
  const { client, id, stream } = answered(10);
  const reader = new Recorder(stream);
  assert.equal(stream.write(Buffer.alloc(1_000)), false);
  assert.equal(client.core.sender.backlog, 990);
  client.receive(Buffer.concat([lastWord(id), rstStream(id, errorCode.noError)]));
  assert.equal(client.core.sender.backlog, 0);
  assert.equal(told(reader), undefined);
  stream.write(Buffer.alloc(1));
  assert.equal(told(reader), "RESET");
});

test("an error behind the last byte, and an end without one, stay resets", async () => {
  for (const frames of [
    (id: number) => [lastWord(id), rstStream(id, errorCode.cancel)],
    (id: number) => [rstStream(id, errorCode.noError)],
  ]) {
    const { client, id, stream } = answered();
    const reader = new Recorder(stream);
    client.receive(Buffer.concat(frames(id)));
    await turn();
    assert.equal(told(reader), "RESET");
    assert.deepEqual(
      new RawFrameReader().push(client.take().subarray(24)).filter(({ stream }) => stream === id).length,
      1,
      "its head alone",
    );
  }
});
