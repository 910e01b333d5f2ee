import { conformance } from "../conformance.ts";
import { testConnect, testListener } from "./testing/loopback.ts";
import { UdpRelay } from "./testing/udp-relay.ts";

/** UDP does not tell that a wire was cut: silence has to. */
const silence = { maxIdleTimeoutMs: 2_000, keepAliveIntervalMs: 300 };

conformance("quic", async (handlers, { streamLimit }) => {
  const listener = testListener(handlers, silence, {
    ...(streamLimit === undefined ? {} : { maxTunnels: streamLimit }),
    handshakeTimeoutMs: 2_000,
  });
  const relay = await UdpRelay.start(listener.address);
  return {
    listener,
    // The reader's window, and one chunk that waits for it.
    writerBound: 2 * 1024 * 1024,
    connect: (signal) => testConnect(relay.address, signal, silence, { handshakeTimeoutMs: 2_000 }),
    cut: () => relay.cut(),
    dispose: async () => {
      relay.close();
      listener.destroy();
    },
  };
});
