import fc from "fast-check";
import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import { flags, frame, preface, rstStream, settings, types, windowUpdate } from "./raw-frames.ts";

/** What one step of a conversation becomes, given the HPACK state and the number of streams so far. */
type Step = (encoder: HpackEncoder) => Uint8Array;

const streamId = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }).map((n) => 2 * n + 1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 4, 0x7fffffff) },
);
const anyFlags = fc.oneof(fc.constantFrom(0, 1, 4, 5), fc.integer({ min: 0, max: 255 }));
const smallBytes = fc.uint8Array({ maxLength: 64 });
const credit = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom(0, 0x7fffffff, 0xffffffff));
const port = fc.integer({ min: 1, max: 99 });

const list = (role: "client" | "server"): fc.Arbitrary<HeaderField[]> => {
  const heads: fc.Arbitrary<HeaderField[]> =
    role === "client"
      ? fc.oneof(
          fc
            .tuple(fc.constantFrom("echo", "sink", "stuck", "wait", "other"), port)
            .map(([kind, number]): HeaderField[] => [
              [":method", "CONNECT"],
              [":authority", `${kind}.test:${number}`],
            ]),
          fc.constant<HeaderField[]>([
            [":method", "GET"],
            [":scheme", "https"],
            [":authority", "a.test"],
            [":path", "/"],
          ]),
        )
      : fc
          .constantFrom("200", "103", "404", "502", "20x")
          .map((status): HeaderField[] => [[":status", status]]);
  const others = fc.array(
    fc.tuple(fc.constantFrom("x-a", "content-length", "Bad", "connection"), fc.string({ maxLength: 20 })),
    { maxLength: 2 },
  );
  return fc.tuple(heads, others).map(([head, more]) => [...head, ...more]);
};

const step = (role: "client" | "server"): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(streamId, list(role), fc.constantFrom(4, 4, 4, 5, 0, 0x24, 0x0c)).map(
        ([id, fields, flag]): Step =>
          (encoder) =>
            frame(types.headers, flag, id, encoder.encode(fields)),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(streamId, list(role), fc.integer({ min: 0, max: 30 })).map(
        ([id, fields, cut]): Step =>
          (encoder) => {
            const block = encoder.encode(fields);
            return Buffer.concat([
              frame(types.headers, 0, id, block.subarray(0, cut)),
              frame(types.continuation, flags.endHeaders, id, block.subarray(cut)),
            ]);
          },
      ),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          streamId,
          anyFlags,
          fc.oneof(
            smallBytes,
            fc.integer({ min: 0, max: 70_000 }).map((n) => Buffer.alloc(n, 7)),
          ),
        )
        .map(
          ([id, flag, bytes]): Step =>
            () =>
              frame(types.data, flag, id, bytes),
        ),
    },
    fc.tuple(streamId, fc.integer({ min: 0, max: 14 })).map(
      ([id, code]): Step =>
        () =>
          rstStream(id, code),
    ),
    fc.tuple(streamId, credit).map(
      ([id, count]): Step =>
        () =>
          windowUpdate(id, count),
    ),
    fc.tuple(fc.integer({ min: 0, max: 9 }), fc.oneof(credit, fc.constantFrom(16_384, 1))).map(
      ([id, value]): Step =>
        () =>
          settings({ [id]: value }),
    ),
    fc.tuple(fc.integer({ min: 0, max: 12 }), anyFlags, streamId, smallBytes).map(
      ([type, flag, id, bytes]): Step =>
        () =>
          frame(type, flag, id, bytes),
    ),
  );

/** A whole conversation as the peer in `role` would write it: most of it well-formed, some of it not. */
export const conversation = (role: "client" | "server"): fc.Arbitrary<Buffer> =>
  fc.array(step(role), { maxLength: 40 }).map((steps) => {
    const encoder = new HpackEncoder();
    const first = settings({ 4: 1000 });
    return Buffer.concat([
      role === "client" ? Buffer.concat([preface, first]) : first,
      ...steps.map((make) => make(encoder)),
    ]);
  });

/** The same bytes with some of them changed, left out or added. */
export const mutated = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      whole,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom("set", "drop", "add"), fc.integer({ min: 0, max: 255 })), {
        maxLength: 8,
      }),
    )
    .map(([bytes, edits]) => {
      let out = bytes;
      for (const [where, kind, value] of edits) {
        const at = where % Math.max(1, out.length);
        const skip = kind === "add" ? 0 : 1;
        const middle = kind === "drop" ? Buffer.alloc(0) : Buffer.of(value);
        out = Buffer.concat([out.subarray(0, at), middle, out.subarray(at + skip)]);
      }
      return out;
    });

/** The bytes cut at the given places, taken modulo their length. */
export const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts: Buffer[] = [];
  let from = 0;
  for (const to of [...sorted, bytes.length]) {
    if (to > from) parts.push(bytes.subarray(from, to));
    from = Math.max(from, to);
  }
  return parts;
};
