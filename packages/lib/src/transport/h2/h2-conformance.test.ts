import type { Socket } from "node:net";
import { conformance } from "../conformance.ts";
import { testConnect, testListener } from "./testing/loopback.ts";

conformance("http2", async (handlers, { streamLimit }) => {
  const settings = streamLimit === undefined ? {} : { maxConcurrentStreams: streamLimit };
  const listener = await testListener(handlers, settings);
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    listener,
    // The reader's window, what waits for it, and what the kernel and TLS hold on the way.
    writerBound: 4 * 1024 * 1024,
    connect: (signal) => testConnect(listener.address, signal, {}, (socket) => sockets.add(socket)),
    cut,
    dispose: async () => {
      cut();
      listener.destroy();
    },
  };
});
