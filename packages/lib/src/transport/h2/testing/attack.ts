import type { RawPeer, RawPeerOptions } from "./raw-peer.ts";

export interface Attack {
  readonly name: string;
  readonly options?: Partial<RawPeerOptions>;
  /** Codes of GOAWAY that are right. Empty: nothing that must end the connection, but memory is to be bounded. */
  readonly codes: readonly number[];
  /** MiB that it may make us hold where that is more than R32 allows, with the reason beside it. */
  readonly mostHeld?: number;
  /** Sends until the connection is gone; where it may live on, for a while. */
  run(peer: RawPeer): Promise<void>;
}

/** So many pieces in one write. */
export const times = (count: number, make: (index: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** Opens a tunnel and waits for its answer. */
export const openTunnel = async (peer: RawPeer, id: number, authority: string): Promise<void> => {
  await peer.send(peer.connect(id, authority));
  await peer.status(id);
};
