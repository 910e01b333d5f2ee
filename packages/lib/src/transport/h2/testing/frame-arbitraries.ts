import fc from "fast-check";
import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import { flags, frame, preface, rstStream, settings, types, windowUpdate } from "./raw-frames.ts";

/** What the writer of a conversation knows. */
interface Writer {
  readonly encoder: HpackEncoder;
  /** Streams that the client has begun. */
  streams: number;
}
type Step = (writer: Writer) => Uint8Array;

const nothing = new Uint8Array(0);
/** One of the streams that exist, by a number that may be far above. */
const existing = (writer: Writer, pick: number): number => 2 * (pick % Math.max(1, writer.streams)) + 1;

const anyId = fc.oneof(
  fc.nat(12).map((n) => 2 * n + 1),
  fc.constantFrom(0, 2, 4, 0x7fffffff),
);
const anyFlags = fc.oneof(fc.constantFrom(0, 1, 4, 5), fc.integer({ min: 0, max: 255 }));
const smallBytes = fc.uint8Array({ maxLength: 64 });
const credit = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0x7fffffff, 0xffffffff) },
);
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

/** What may be sent at any time. */
const polite = (role: "client" | "server"): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.nat(), list(role), fc.constantFrom(0, 0, 0, 1), fc.option(fc.nat(30))).map(
        ([pick, fields, endStream, cut]): Step =>
          (writer) => {
            if (role === "client") writer.streams += 1;
            const id = role === "client" ? 2 * writer.streams - 1 : existing(writer, pick);
            const block = writer.encoder.encode(fields);
            if (cut === null) return frame(types.headers, flags.endHeaders | endStream, id, block);
            const rest = frame(types.continuation, flags.endHeaders, id, block.subarray(cut));
            return Buffer.concat([frame(types.headers, endStream, id, block.subarray(0, cut)), rest]);
          },
      ),
    },
    {
      weight: 10,
      arbitrary: fc
        .tuple(fc.nat(), fc.constantFrom(0, 0, 0, 0, 0, 1), fc.nat(40), fc.oneof(fc.nat(64), fc.nat(20_000)))
        .map(
          ([pick, endStream, padding, length]): Step =>
            (writer) => {
              if (writer.streams === 0) return nothing;
              const id = existing(writer, pick);
              const bytes = Buffer.alloc(length, pick);
              if (padding > 10) return frame(types.data, endStream, id, bytes);
              const padded = Buffer.concat([Buffer.of(padding), bytes, Buffer.alloc(padding)]);
              return frame(types.data, endStream | flags.padded, id, padded);
            },
        ),
    },
    fc.tuple(fc.nat(), fc.nat(14)).map(
      ([pick, code]): Step =>
        (writer) =>
          writer.streams === 0 ? nothing : rstStream(existing(writer, pick), code),
    ),
    fc.tuple(fc.nat(), credit).map(
      ([pick, count]): Step =>
        (writer) =>
          writer.streams === 0 ? nothing : windowUpdate(existing(writer, pick), count),
    ),
    fc.integer({ min: 1, max: 100_000 }).map(
      (count): Step =>
        () =>
          windowUpdate(0, count),
    ),
    fc.tuple(fc.constantFrom(1, 3, 4, 6, 8, 77), fc.nat(70_000)).map(
      ([id, value]): Step =>
        () =>
          settings({ [id]: value }),
    ),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map(
      (bytes): Step =>
        () =>
          frame(types.ping, 0, 0, bytes),
    ),
    smallBytes.map(
      (bytes): Step =>
        () =>
          frame(0x77, 0, 1, bytes),
    ),
  );

/** What is wrong more often than not. */
const rude = (role: "client" | "server"): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.tuple(fc.nat(12), anyFlags, anyId, smallBytes).map(
      ([type, flag, id, bytes]): Step =>
        () =>
          frame(type, flag, id, bytes),
    ),
    fc.tuple(anyId, list(role), anyFlags).map(
      ([id, fields, flag]): Step =>
        (writer) =>
          frame(types.headers, flag, id, writer.encoder.encode(fields)),
    ),
    fc.tuple(anyId, credit).map(
      ([id, count]): Step =>
        () =>
          windowUpdate(id, count),
    ),
    fc.tuple(fc.nat(9), credit).map(
      ([id, value]): Step =>
        () =>
          settings({ [id]: value }),
    ),
  );

/**
 * A whole conversation as the peer in `role` would write it, most of it well-formed. To a client it speaks about six
 * streams that the client is taken to have opened.
 */
export const conversation = (role: "client" | "server"): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.oneof({ weight: 60, arbitrary: polite(role) }, { weight: 1, arbitrary: rude(role) }), {
      maxLength: 60,
      size: "max",
    })
    .map((steps) => {
      const writer: Writer = { encoder: new HpackEncoder(), streams: role === "client" ? 0 : 6 };
      const first = settings({ 4: 1000 });
      return Buffer.concat([
        role === "client" ? Buffer.concat([preface, first]) : first,
        ...steps.map((make) => make(writer)),
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
