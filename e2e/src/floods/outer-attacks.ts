import { openTunnel, times } from "@octoproxy/lib/transport/h2/testing/attack";
import {
  flags,
  frame,
  ping,
  settingIds,
  settings,
  types,
  windowUpdate,
} from "@octoproxy/lib/transport/h2/testing/raw-frames";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import {
  capsule,
  capsuleTypes,
  dataCapsule,
  varint,
} from "@octoproxy/lib/transport/webtransport/testing/stranger";
import { type OuterPeer, onSession } from "./outer-peer.ts";

/** What a client that was let in can do below its pipe. */
export interface OuterAttack {
  readonly name: string;
  /** Whether the connection must end; else what it costs is to be bounded. */
  readonly mustEnd: boolean;
  /** Sends until the connection is gone; where it may live on, for a while. */
  run(peer: OuterPeer): Promise<void>;
}

/** As HTTP/2 knows them, on streams beside that of the session. */
const onOtherStreams = [
  "rapid reset (CVE-2023-44487)",
  "CONTINUATION without end, one byte each",
  "CONTINUATION in large parts",
  "HPACK bomb: 65,536 references to a field of 1,000 bytes, again and again",
  "header lists above the limit, again and again",
].map((name): OuterAttack => {
  const attack = serverAttacks.find((one) => one.name === name)!;
  return { name, mustEnd: true, run: ({ outer }) => attack.run(outer) };
});

const flood = (name: string, make: () => Buffer): OuterAttack[] => {
  const piece = times(1000, make);
  return [
    { name, mustEnd: true, run: ({ outer }) => outer.flood(piece) },
    {
      name: `${name} by a peer that never reads`,
      mustEnd: true,
      run: (peer) => {
        peer.deafen();
        return peer.outer.flood(piece);
      },
    },
  ];
};

const endless = 0x7fffffff;
/** The most that four bytes of a capsule can say. */
const longest = varint(2 ** 30 - 1);
const piece = Buffer.of(3, 0, 0, 0);

export const outerAttacks: readonly OuterAttack[] = [
  ...onOtherStreams,
  ...flood("PING flood", () => ping()),
  ...flood("SETTINGS flood", () => settings()),
  ...flood("flood of frames of an unknown type", () => frame(0x77, 0, 0, "x")),
  ...flood("flood of empty DATA", () => onSession(Buffer.alloc(0))),
  ...flood("flood of DATA that is all padding", () => onSession(piece, flags.padded)),
  ...flood("PRIORITY flood", () => frame(types.priority, 0, 1, Buffer.of(0, 0, 0, 0, 1))),
  ...flood("credits of one byte", () => windowUpdate(1, 1)),
  ...flood("flood of empty capsules", () => onSession(dataCapsule(1, Buffer.alloc(0)))),
  {
    name: "100 downloads by a peer that never reads, each window without end",
    mustEnd: false,
    run: async (peer) => {
      const { outer, inner } = peer;
      const streams = settings({ [settingIds.initialWindowSize]: endless });
      const connection = windowUpdate(0, endless - 65_535);
      await outer.send(
        ...[streams, connection, onSession(capsule(capsuleTypes.maxData, longest))],
        onSession(capsule(capsuleTypes.maxStreamData, Buffer.concat([varint(1), longest]))),
      );
      await inner.send(streams, connection);
      await openTunnel(inner, 1, "source.test:64");
      peer.deafen();
      for (let id = 3; id < 200; id += 2) await inner.send(inner.connect(id, "source.test:64"));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    },
  },
];
