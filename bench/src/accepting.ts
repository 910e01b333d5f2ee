import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Resolves once somebody accepts connections there; for programs that do not say so. Looks every 2 ms, 10 s at most. */
export const accepting = async (port: number): Promise<void> => {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(2);
    } finally {
      socket.destroy();
    }
  }
};
