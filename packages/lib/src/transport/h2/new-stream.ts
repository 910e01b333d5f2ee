import type { Http2Core } from "./core.ts";
import { errorCode } from "./wire-constants.ts";

/**
 * Whether a server may serve the stream that a head begins. What comes after our GOAWAY or above the limit is refused;
 * a stream that was reset before is passed over.
 * @throws Http2Fault for a number that the client may not use.
 */
export const mayBegin = (core: Http2Core, id: number): boolean => {
  if (core.table.wasReset(id)) return false;
  core.table.checkNew(id);
  core.table.use(id);
  const isFull = core.table.open.size >= core.settings.maxConcurrentStreams;
  if (id <= core.lastServed && !isFull) return true;
  // A client that respects the limit never gets here for it; after our GOAWAY every client may.
  if (id <= core.lastServed) core.budget.reset(core.now);
  core.resetStream(id, errorCode.refusedStream);
  return false;
};
