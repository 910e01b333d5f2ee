import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A port for programs that cannot be asked which one the system gave them. */
export const unusedPort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

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
