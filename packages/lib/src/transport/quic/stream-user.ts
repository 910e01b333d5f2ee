import type { StreamUser } from "@octoproxy/quic/handles";

/** Lets a stream run out that nobody cares for any more; its connection still ends it. */
export const nobody: StreamUser = {
  readable() {},
  writable() {},
  stopped() {},
  aborted() {},
};
