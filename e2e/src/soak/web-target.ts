import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { answer } from "../harness/origin.ts";

/** A web server at every address of 127.0.0.0/8: the harness's pages, and a WebSocket that sends back what it gets. */
export interface WebTarget extends AsyncDisposable {
  readonly port: number;
}

export const startWebTarget = async (): Promise<WebTarget> => {
  const server = createServer(answer);
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("error", () => undefined);
  });
  server.listen(0, "0.0.0.0", 1024);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
