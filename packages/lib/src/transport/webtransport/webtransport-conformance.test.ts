import { conformance } from "../conformance.ts";
import { testWebTransport } from "./testing/loopback.ts";

conformance("webtransport", async (handlers, { streamLimit }) => {
  const settings = streamLimit === undefined ? {} : { maxConcurrentStreams: streamLimit };
  const { listener, connect, cut } = await testWebTransport(handlers, settings);
  return {
    listener,
    // As for TCP, and what waits in the windows of the layer under it.
    writerBound: 12 * 1024 * 1024,
    connect,
    cut,
    dispose: async () => {
      cut();
      listener.destroy();
    },
  };
});
