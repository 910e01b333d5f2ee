// Hostile datagrams against an endpoint in a process of its own: it must live, and serve the honest.
import { createSocket } from "node:dgram";
import { describe, test } from "node:test";
import fc from "fast-check";
import { QuicEndpoint } from "./endpoint.ts";
import { noOpenssl } from "./testing/authority.ts";
import { ChildServer } from "./testing/child-server.ts";
import { fuzzRuns } from "./testing/fuzz-runs.ts";
import { initialPackets, type MakeInitial } from "./testing/initial-packet.ts";
import { alpn, clientSettings, roundTrip } from "./testing/pair.ts";

/** Bytes that stand at some place instead of what is there. */
const patches = fc.array(fc.tuple(fc.nat(1200), fc.uint8Array({ minLength: 1, maxLength: 12 })), {
  minLength: 1,
  maxLength: 6,
});

const patch = (bytes: Buffer, places: readonly (readonly [number, Uint8Array])[]): Buffer => {
  for (const [at, piece] of places)
    bytes.set(piece.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
  return bytes;
};

const datagrams = (make: MakeInitial): fc.Arbitrary<Buffer> =>
  fc.oneof(
    // No sense at all, but the first byte of each kind of packet.
    fc
      .tuple(fc.constantFrom(0xc0, 0xd0, 0xe0, 0xf0, 0x40, 0x00, 0xff), fc.uint8Array({ maxLength: 1300 }))
      .map(([first, rest]) => Buffer.from([first, ...rest])),
    // Packets whose header or seal is broken, cut or lengthened.
    fc.tuple(patches, fc.nat(1400)).map(([places, length]) => {
      const packet = patch(make(), places);
      return length < 1200
        ? packet.subarray(0, length)
        : Buffer.concat([packet, Buffer.alloc(length - 1200, 0x0d)]);
    }),
    // Packets that are sealed well, with other frames inside.
    patches.map((places) => make((frames) => void patch(frames, places))),
    fc
      .uint8Array({ minLength: 1, maxLength: 1100 })
      .map((noise) => make((frames) => frames.set(noise.subarray(0, frames.length)))),
  );

describe("datagrams of anybody's", { skip: noOpenssl }, () => {
  test("noise, broken packets and other frames end nothing but themselves", async () => {
    using child = await ChildServer.start({ server: { alpn, maxStreams: 64 } });
    await using endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
    const settings = clientSettings();
    const connect = () => endpoint.connect(settings, child.address, "localhost", AbortSignal.timeout(20_000));
    const sibling = await connect();
    const socket = createSocket("udp4");
    const port = Number(child.address.split(":")[1]);
    const make = await initialPackets();
    await fc.assert(
      fc.asyncProperty(datagrams(make), async (datagram) => {
        await new Promise((resolve) => socket.send(datagram, port, "127.0.0.1", resolve));
      }),
      { numRuns: fuzzRuns },
    );
    await roundTrip(sibling, Buffer.from("e, the sibling"));
    await roundTrip(await connect(), Buffer.from("e, a newcomer"));
    socket.close();
  });
});
