import type { RawPeer, RawPeerOptions } from "./raw-peer.ts";

export interface Attack {
  readonly name: string;
  readonly options?: Partial<RawPeerOptions>;
  /** Codes of GOAWAY that are right. Empty: nothing that must end the connection, but memory is to be bounded. */
  readonly codes: readonly number[];
  /** Tunnels that it opens and keeps, as it may: of each `mostOfATunnel` is use, and counts for no flood. */
  readonly tunnels?: number;
  /** Done before anything is measured. */
  prepare?(peer: RawPeer): Promise<void>;
  /** Sends until the connection is gone; where it may live on, for a while. */
  run(peer: RawPeer): Promise<void>;
}

/** What a tunnel may take at most while its target is dialled, KiB. */
export const mostOfATunnel = 8;

/** R32: MiB that an attack may take, beside what the tunnels may take that it opens. */
export const mostMemory = ({ tunnels }: Attack): number =>
  tunnels === undefined ? 16 : (tunnels * mostOfATunnel) / 1024;

/** So many pieces in one write. */
export const times = (count: number, make: (index: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** Opens a tunnel and waits for its answer. */
export const openTunnel = async (peer: RawPeer, id: number, authority: string): Promise<void> => {
  await peer.send(peer.connect(id, authority));
  await peer.status(id);
};

/** What a certificate may have at once (`max_tunnels_per_client`, by default). */
export const mostTunnels = 16_384;

/** Opens all of them, to a target that never answers; the other side has read that. */
export const openAll = async (peer: RawPeer): Promise<void> => {
  const perWrite = 512;
  for (let from = 0; from < mostTunnels; from += perWrite)
    await peer.send(times(perWrite, (at) => peer.connect(2 * (from + at) + 1, "wait.test:1")));
  await peer.roundTrip();
};
