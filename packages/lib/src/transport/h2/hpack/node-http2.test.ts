// Header blocks against nghttp2, the HPACK of node:http2, both ways over a socket.
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  flags,
  frame,
  preface,
  RawFrameReader,
  settingIds,
  settings,
  settingsAck,
  settingsOf,
  types,
} from "../testing/raw-frames.ts";
import { HpackDecoder } from "./decoder.ts";
import { HpackEncoder } from "./encoder.ts";
import type { HeaderField } from "./header-field.ts";

const visible = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f);
const value = fc.string({ unit: visible.map((code) => String.fromCharCode(code)), maxLength: 120 });
const port = fc.integer({ min: 1, max: 65535 });
/** Few names and many repeats, so that both tables fill, hit and drop. */
const list: fc.Arbitrary<HeaderField[]> = fc
  .tuple(
    fc.tuple(fc.constantFrom("a.example", "b.example", "c.example.org"), port).map((pair) => pair.join(":")),
    fc.uniqueArray(fc.tuple(fc.constantFrom("x-a", "x-b", "x-c", "user-agent", "authorization"), value), {
      selector: ([name]) => name,
    }),
  )
  .map(([authority, others]) => [[":method", "CONNECT"], [":authority", authority], ...others]);
const lists = fc.sample(list, { numRuns: 400, seed: 7541 });

const pairs = (flat: readonly string[]): HeaderField[] => {
  const fields: HeaderField[] = [];
  for (let at = 0; at < flat.length; at += 2) fields.push([flat[at]!, flat[at + 1]!]);
  return fields;
};

for (const tableSizes of [[4096], [0], [100, 4096, 65536], [4096, 0, 60, 4096]]) {
  test(`nghttp2 reads what the encoder writes, with table sizes of ${tableSizes.join(", then ")}`, async () => {
    const received: HeaderField[][] = [];
    const server = http2.createServer({ settings: { headerTableSize: tableSizes[0]! } });
    server.on("stream", (stream, _headers, _flags, raw) => {
      received.push(pairs(raw));
      stream.close();
    });
    const faults: Error[] = [];
    server.on("sessionError", (error) => faults.push(error));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = once(server, "session") as Promise<[http2.ServerHttp2Session]>;
    const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(Buffer.concat([preface, settings()]));

    const encoder = new HpackEncoder();
    const reader = new RawFrameReader();
    const agreed: (() => void)[] = [];
    socket.on("data", (bytes: Buffer) => {
      for (const { type, flags: flag, payload } of reader.push(bytes)) {
        if (type !== types.settings || (flag & flags.ack) !== 0) continue;
        const size = settingsOf(payload).get(settingIds.headerTableSize);
        if (size !== undefined) encoder.setMaxTableSize(size);
        socket.write(settingsAck);
        agreed.shift()?.();
      }
    });
    await new Promise<void>((resolve) => agreed.push(resolve));

    const [peer] = await session;
    const share = Math.ceil(lists.length / tableSizes.length);
    let stream = 1;
    for (const [round, size] of tableSizes.entries()) {
      if (round > 0) {
        const told = new Promise<void>((resolve) => agreed.push(resolve));
        peer.settings({ headerTableSize: size });
        await told;
      }
      for (const fields of lists.slice(round * share, (round + 1) * share)) {
        socket.write(frame(types.headers, flags.endHeaders, stream, encoder.encode(fields)));
        stream += 2;
      }
      assert.ok(encoder.tableSize <= Math.min(size, 4096));
    }
    socket.end();
    await once(socket, "close");
    server.close();
    assert.deepEqual(faults, []);
    assert.deepEqual(received, lists);
  });

  test(`the decoder reads what nghttp2 writes, with table sizes of ${tableSizes.join(", then ")}`, async () => {
    const received: HeaderField[][] = [];
    const faults: unknown[] = [];
    let share = (): void => {};
    const server = net.createServer((socket) => {
      const decoder = new HpackDecoder(Math.max(...tableSizes));
      const reader = new RawFrameReader();
      let skip = preface.length;
      let announced = 0;
      const announce = () => settings({ [settingIds.headerTableSize]: tableSizes[announced++]! });
      socket.write(announce());
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        const behind = bytes.subarray(Math.min(skip, bytes.length));
        skip -= bytes.length - behind.length;
        for (const { type, flags: flag, stream, payload } of reader.push(behind)) {
          if (type === types.settings && (flag & flags.ack) === 0) socket.write(settingsAck);
          if (type === types.settings && (flag & flags.ack) !== 0) share();
          if (type !== types.headers) continue;
          try {
            received.push(decoder.decode(payload));
          } catch (error) {
            faults.push(error);
          }
          const ok = frame(types.headers, flags.endHeaders | flags.endStream, stream, Buffer.of(0x88));
          const next = received.length % perRound === 0 && announced < tableSizes.length;
          socket.write(next ? Buffer.concat([ok, announce()]) : ok);
        }
      });
    });
    const perRound = Math.ceil(lists.length / tableSizes.length);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

    let sent = 0;
    for (let round = 0; round < tableSizes.length; round += 1) {
      // The acknowledgement of the round's settings is the sign that the client's encoder has taken them in.
      if (round === 0) await new Promise<void>((resolve) => (share = resolve));
      const told = new Promise<void>((resolve) => (share = resolve));
      const answers = lists.slice(round * perRound, (round + 1) * perRound).map((fields) => {
        sent += 1;
        const request = client.request(Object.fromEntries(fields));
        request.resume().end();
        return once(request, "close");
      });
      await Promise.all(answers);
      if (round + 1 < tableSizes.length) await told;
    }
    client.close();
    await once(client, "close");
    server.close();
    assert.equal(sent, lists.length);
    assert.deepEqual(faults, []);
    const sorted = (fields: HeaderField[]) => [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(received.map(sorted), lists.map(sorted));
  });
}
