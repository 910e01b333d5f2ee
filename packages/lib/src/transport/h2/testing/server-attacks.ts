import { type Attack, mostTunnels, openAll, openTunnel, times } from "./attack.ts";
import {
  codes,
  flags,
  frame,
  ping,
  rstStream,
  settingIds,
  settings,
  types,
  windowUpdate,
} from "./raw-frames.ts";
import type { RawPeer } from "./raw-peer.ts";

const calm = [codes.enhanceYourCalm];
const empty = new Uint8Array(0);

/** Opens streams without end, each followed by what `then` says. */
const streams = async (
  peer: RawPeer,
  authority: string,
  then: (id: number) => Uint8Array,
  first = peer.firstStream,
): Promise<void> => {
  for (let id = first; ; ) {
    const parts: Uint8Array[] = [];
    for (let count = 0; count < 500; count += 1, id += 2) parts.push(peer.connect(id, authority), then(id));
    if (!(await peer.send(...parts))) return;
  }
};

/** GET https://a/ : every field from the static table but the authority. */
const getHead = Buffer.from("828784010161", "hex");

/** Asks for what is not served, without end. */
const gets = async (peer: RawPeer): Promise<void> => {
  const get = (id: number) => frame(types.headers, flags.endHeaders | flags.endStream, id, getHead);
  for (let from = 0; await peer.send(times(1000, (at) => get(2 * (from + at) + 1))); from += 1000);
};

/** What a client can do to a server, and what ends its connection. */
export const serverAttacks: readonly Attack[] = [
  {
    name: "rapid reset (CVE-2023-44487)",
    codes: calm,
    run: (peer) => streams(peer, "wait.test:1", (id) => rstStream(id, codes.cancel)),
  },
  {
    name: "streams that the server must reset by itself (CVE-2025-8671)",
    codes: calm,
    run: (peer) => streams(peer, "wait.test:1", (id) => windowUpdate(id, 0)),
  },
  {
    name: "streams reset by a window above 2^31-1",
    codes: calm,
    run: (peer) => streams(peer, "wait.test:1", (id) => windowUpdate(id, 0x7fffffff)),
  },
  {
    name: "CONTINUATION without end, one byte each",
    codes: calm,
    run: async (peer) => {
      await peer.send(frame(types.headers, 0, peer.firstStream, "\x82"));
      await peer.flood(times(1000, () => frame(types.continuation, 0, peer.firstStream, "\x82")));
    },
  },
  {
    name: "CONTINUATION without end, empty",
    codes: calm,
    run: async (peer) => {
      await peer.send(frame(types.headers, 0, peer.firstStream, "\x82"));
      await peer.flood(times(1000, () => frame(types.continuation, 0, peer.firstStream)));
    },
  },
  {
    name: "CONTINUATION in large parts",
    codes: calm,
    run: async (peer) => {
      const part = Buffer.alloc(16_384, 0x82);
      await peer.send(frame(types.headers, 0, peer.firstStream, part));
      await peer.flood(frame(types.continuation, 0, peer.firstStream, part));
    },
  },
  { name: "SETTINGS flood", codes: calm, run: (peer) => peer.flood(times(1000, () => settings())) },
  {
    name: "SETTINGS flood that moves all windows up and down",
    codes: calm,
    run: async (peer) => {
      for (let id = 1; id < 400; id += 2) await peer.send(peer.connect(id, "echo.test:7"));
      const set = (size: number) => settings({ [settingIds.initialWindowSize]: size });
      await peer.flood(times(500, (index) => set(index % 2 === 0 ? 0 : 0x7fff0000)));
    },
  },
  { name: "PING flood", codes: calm, run: (peer) => peer.flood(times(1000, () => ping())) },
  {
    name: "PING flood by a peer that never reads",
    options: { deaf: true },
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => ping())),
  },
  {
    name: "SETTINGS flood by a peer that never reads",
    options: { deaf: true },
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => settings())),
  },
  {
    name: "PRIORITY flood",
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => frame(types.priority, 0, 1, Buffer.of(0, 0, 0, 0, 1)))),
  },
  {
    name: "flood of frames of an unknown type",
    codes: calm,
    run: (peer) => peer.flood(times(1000, () => frame(0x77, 0, 0, "x"))),
  },
  {
    name: "flood of empty DATA",
    codes: calm,
    run: async (peer) => {
      await openTunnel(peer, 1, "sink.test:9");
      await peer.flood(times(1000, () => frame(types.data, 0, 1)));
    },
  },
  {
    name: "flood of DATA that is all padding",
    codes: calm,
    run: async (peer) => {
      await openTunnel(peer, 1, "sink.test:9");
      await peer.flood(times(1000, () => frame(types.data, flags.padded, 1, Buffer.of(3, 0, 0, 0))));
    },
  },
  {
    name: "HPACK bomb: 65,536 references to a field of 1,000 bytes, again and again",
    codes: calm,
    run: async (peer) => {
      // Eight blocks of 8 KiB would be as good: what is unfolded is 67 MB a round.
      await peer.send(peer.headers(peer.firstStream, [["x", "a".repeat(1000)]]));
      for (let id = peer.firstStream + 2; ; id += 2) {
        const head = frame(types.headers, flags.endHeaders, id, Buffer.alloc(16_384, 0xbe));
        if (!(await peer.send(head))) return;
      }
    },
  },
  {
    name: "header lists above the limit, again and again",
    codes: calm,
    run: async (peer) => {
      for (let id = peer.firstStream; ; id += 2) {
        const long = peer.headers(id, [["x", "a".repeat(16_000)]], 0);
        const more = frame(types.continuation, 0, id, long.subarray(9));
        const last = frame(types.continuation, flags.endHeaders, id, long.subarray(9));
        if (!(await peer.send(long, more, more, more, last))) return;
      }
    },
  },
  {
    name: "malformed requests without end",
    codes: calm,
    run: async (peer) => {
      for (let id = peer.firstStream; ; ) {
        const parts: Uint8Array[] = [];
        for (let count = 0; count < 500; count += 1, id += 2)
          parts.push(peer.headers(id, [[":method", "CONNECT"]]));
        if (!(await peer.send(...parts))) return;
      }
    },
  },
  {
    name: "requests that are refused, by a peer that never reads",
    options: { deaf: true },
    codes: calm,
    run: async (peer) => {
      await peer.send(windowUpdate(0, 0x7fffffff - 65_535));
      await gets(peer);
    },
  },
  {
    name: "requests that are refused, with a window of zero",
    options: { settings: { [settingIds.initialWindowSize]: 0 } },
    codes: calm,
    run: (peer) => gets(peer),
  },
  {
    name: "a table size above the limit",
    codes: [codes.compressionError],
    run: (peer) => peer.flood(frame(types.headers, flags.endHeaders, 1, Buffer.from("3fe2ff7f82", "hex"))),
  },
  {
    name: "table size updates in great number",
    codes: [codes.compressionError],
    run: (peer) => peer.flood(frame(types.headers, flags.endHeaders, 1, Buffer.alloc(16_000, 0x20))),
  },
  {
    name: "a connection window above 2^31-1",
    codes: [codes.flowControlError],
    run: (peer) => peer.flood(windowUpdate(0, 0x7fffffff)),
  },
  {
    name: "an initial window that lifts a stream's above 2^31-1",
    codes: [codes.flowControlError],
    run: async (peer) => {
      await openTunnel(peer, 1, "echo.test:7");
      await peer.send(windowUpdate(1, 0x7fffffff - 65_535));
      await peer.flood(settings({ [settingIds.initialWindowSize]: 65_536 }));
    },
  },
  {
    name: "more bytes than the windows allow",
    codes: [codes.flowControlError],
    run: async (peer) => {
      await openTunnel(peer, 1, "stuck.test:1");
      await peer.flood(frame(types.data, 0, 1, Buffer.alloc(16_384)));
    },
  },
  {
    name: "streams above the limit that was announced, again and again",
    codes: calm,
    prepare: openAll,
    run: (peer) => streams(peer, "wait.test:1", () => empty, 2 * mostTunnels + 1),
  },
];
