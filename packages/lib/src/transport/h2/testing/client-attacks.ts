import { type Attack, times } from "./attack.ts";
import { codes, flags, frame, ping, settingIds, settings, types, windowUpdate } from "./raw-frames.ts";
import type { RawPeer } from "./raw-peer.ts";

const calm = [codes.enhanceYourCalm];

/** The first request, answered with 200. @returns its stream. */
const answered = async (peer: RawPeer): Promise<number> => {
  await peer.until(() => peer.frames.some((one) => one.type === types.headers));
  const id = peer.frames.find((one) => one.type === types.headers)?.stream ?? 1;
  await peer.send(peer.headers(id, [[":status", "200"]]));
  return id;
};

/** The first request, not answered. */
const asked = async (peer: RawPeer): Promise<number> => {
  await peer.until(() => peer.frames.some((one) => one.type === types.headers));
  return peer.frames.find((one) => one.type === types.headers)?.stream ?? 1;
};

/** What a server can do to a client. */
export const clientAttacks: readonly Attack[] = [
  {
    name: "CONTINUATION without end",
    codes: calm,
    run: async (peer) => {
      const id = await asked(peer);
      await peer.send(frame(types.headers, 0, id, "\x88"));
      await peer.flood(times(1000, () => frame(types.continuation, 0, id, "\x88")));
    },
  },
  {
    name: "interim responses without end",
    codes: calm,
    run: async (peer) => {
      const id = await asked(peer);
      await peer.flood(times(500, () => peer.headers(id, [[":status", "103"]])));
    },
  },
  { name: "SETTINGS flood", codes: calm, run: (peer) => peer.flood(times(1000, () => settings())) },
  { name: "PING flood", codes: calm, run: (peer) => peer.flood(times(1000, () => ping())) },
  {
    name: "PING flood by a peer that never reads",
    options: { deaf: true },
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => ping())),
  },
  {
    name: "PRIORITY flood",
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => frame(types.priority, 0, 1, Buffer.of(0, 0, 0, 0, 1)))),
  },
  {
    name: "GOAWAY flood",
    codes: calm,
    run: (peer) =>
      peer.flood(times(1000, () => frame(types.goaway, 0, 0, Buffer.of(0, 0, 0, 1, 0, 0, 0, 0)))),
  },
  {
    name: "flood of empty DATA",
    codes: calm,
    run: async (peer) => {
      const id = await answered(peer);
      await peer.flood(times(1000, () => frame(types.data, 0, id)));
    },
  },
  {
    name: "a pushed stream",
    codes: [codes.protocolError],
    run: async (peer) => {
      const id = await asked(peer);
      await peer.flood(frame(types.pushPromise, flags.endHeaders, id, Buffer.of(0, 0, 0, 2, 0x82)));
    },
  },
  {
    name: "a table size above the limit",
    codes: [codes.compressionError],
    run: async (peer) => {
      const id = await asked(peer);
      await peer.flood(frame(types.headers, flags.endHeaders, id, Buffer.from("3fe2ff7f88", "hex")));
    },
  },
  {
    name: "a connection window above 2^31-1",
    codes: [codes.flowControlError],
    run: (peer) => peer.flood(windowUpdate(0, 0x7fffffff)),
  },
  {
    name: "a frame above the size that was announced",
    codes: [codes.frameSizeError],
    run: (peer) => peer.flood(frame(types.ping, 0, 0, Buffer.alloc(300_000))),
  },
  {
    name: "more bytes than the windows allow",
    codes: [codes.flowControlError],
    run: async (peer) => {
      const id = await answered(peer);
      await peer.flood(frame(types.data, 0, id, Buffer.alloc(16_384)));
    },
  },
  {
    name: "an initial window of 2^31",
    codes: [codes.flowControlError],
    run: (peer) => peer.flood(settings({ [settingIds.initialWindowSize]: 0x80000000 })),
  },
  {
    name: "DATA for a stream that was never opened",
    codes: [codes.protocolError],
    run: (peer) => peer.flood(frame(types.data, 0, 4001, "x")),
  },
];
