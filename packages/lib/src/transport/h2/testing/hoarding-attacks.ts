import { type Attack, mostTunnels, openAll, openTunnel, times } from "./attack.ts";
import { frame, settingIds, types, windowUpdate } from "./raw-frames.ts";

/** Ways of a client to make a server hold much without breaking a rule: nothing ends, memory is bounded. */
export const hoardingAttacks: readonly Attack[] = [
  {
    name: "credits of one byte",
    codes: [],
    run: async (peer) => {
      await openTunnel(peer, 1, "source.test:8");
      await peer.flood(
        times(1000, () => windowUpdate(1, 1)),
        100,
      );
    },
  },
  {
    name: "downloads by a peer that never reads",
    options: { deaf: true, settings: { [settingIds.initialWindowSize]: 0x7fffffff } },
    codes: [],
    run: async (peer) => {
      await peer.send(windowUpdate(0, 0x7fffffff - 65_535));
      for (let id = 1; id < 2000; id += 2) await peer.send(peer.connect(id, "source.test:64"));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    },
  },
  {
    name: "downloads with a window of zero",
    options: { settings: { [settingIds.initialWindowSize]: 0 } },
    codes: [],
    run: async (peer) => {
      for (let id = 1; id < 2000; id += 2) await peer.send(peer.connect(id, "source.test:64"));
      await peer.roundTrip();
    },
  },
  {
    name: "downloads with windows of one byte",
    options: { settings: { [settingIds.initialWindowSize]: 1 } },
    codes: [],
    run: async (peer) => {
      for (let id = 1; id < 2000; id += 2) await peer.send(peer.connect(id, "source.test:64"));
      await peer.roundTrip();
    },
  },
  {
    name: "uploads that nobody reads",
    codes: [],
    run: async (peer) => {
      const chunk = Buffer.alloc(16_384);
      for (let id = 1, sent = 0; id < 200; id += 2) {
        await peer.send(peer.connect(id, "stuck.test:1"));
        for (let inStream = 0; inStream < 2 ** 21; inStream += chunk.length, sent += chunk.length) {
          if (sent + chunk.length > peer.credit) await peer.roundTrip(); // credit may be under way
          if (sent + chunk.length > peer.credit) return;
          await peer.send(frame(types.data, 0, id, chunk));
        }
      }
    },
  },
  // The last: the heap of a process that has held so many collects later from then on.
  {
    name: "every tunnel that a certificate may have: use, not abuse",
    codes: [],
    tunnels: mostTunnels,
    run: openAll,
  },
];
