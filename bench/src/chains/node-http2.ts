import { fileURLToPath } from "node:url";
import type { Chain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";

const script = (name: string): string => fileURLToPath(new URL(`../baseline/${name}.js`, import.meta.url));

/** The draft on `node:http2`: what our own framing has to beat. */
export const nodeHttp2: Chain = {
  name: "node:http2",
  missing: undefined,
  start: async (folder) => {
    const ca = folder.certificate("ca.crt");
    const own = (role: "server" | "client") =>
      role === "server"
        ? [folder.certificate("server/server.crt"), folder.certificate("server/server.key")]
        : [folder.certificate("client/client.crt"), folder.certificate("client/client.key")];
    const server = new DaemonHandle("server", process.execPath, [script("server"), ca, ...own("server")]);
    const [, backend = ""] = await server.said(/listening (\S+)/);
    const client = new DaemonHandle("client", process.execPath, [
      script("client"),
      backend,
      ca,
      ...own("client"),
    ]);
    const [, proxy = ""] = await client.said(/listening (\S+)/);
    return {
      proxy,
      daemons: [client, server],
      stop: async () => {
        await client.stop();
        await server.stop();
      },
    };
  },
};
