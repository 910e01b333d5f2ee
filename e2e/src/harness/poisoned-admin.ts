import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { askAdmin } from "./admin.ts";

/** Clears the screen, names the window, turns the direction of writing, ends a line. */
export const poison = "\u001b[2J\u001b]2;pwned\u0007\u202e\u009b31m\r\n\u0000";

/** Strings that people read; the others are words of the API. */
const read =
  /^(name|message|target|address|source|subject|reason|say|last_error|file|why|rule|detail|backend|error)$/;

const poisoned = (text: string): string =>
  JSON.stringify(
    JSON.parse(text, (key, value) => (typeof value === "string" && read.test(key) ? value + poison : value)),
  );

/** An admin API in front of a real one that puts control characters into everything that is shown. */
export const startPoisonedAdmin = async (
  admin: string,
): Promise<{ readonly address: string } & AsyncDisposable> => {
  const server = createServer(async (request, response) => {
    const { status, text, type } = await askAdmin(admin, request.url ?? "/", {
      method: request.method ?? "GET",
    });
    response.writeHead(status, { "Content-Type": type });
    response.end(type.includes("json") ? poisoned(text) : text);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (reader) => {
      const real = new WebSocket(`ws://${admin}${request.url}`);
      real.on("message", (data) => reader.send(poisoned(String(data))));
      real.on("error", () => reader.terminate());
      real.on("close", () => reader.terminate());
      reader.on("close", () => real.terminate());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const reader of sockets.clients) reader.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
