import { fileURLToPath } from "node:url";
import type { Chain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";

const script = (name: string): string => fileURLToPath(new URL(`../baseline/${name}.js`, import.meta.url));

/** The draft on `node:http2`: what our own framing has to beat. */
export const nodeHttp2: Chain = {
  name: "node:http2 draft",
  transport: "http2",
  missing: undefined,
  start: async (folder) => {
    const ca = folder.certificate("ca.crt");
    const own = (role: "server" | "client"): string[] => [
      folder.certificate(`${role}/${role}.crt`),
      folder.certificate(`${role}/${role}.key`),
    ];
    const server = new DaemonHandle("server", process.execPath, [script("server"), ca, ...own("server")]);
    const [, backend = ""] = await server.said(/listening (\S+)/);
    const args = [script("client"), backend, ca, ...own("client")];
    const client = new DaemonHandle("client", process.execPath, args);
    const [, proxy = ""] = await client.said(/listening (\S+)/);
    return { proxy, secured: { address: backend, speaks: "http2" }, daemons: [client, server] };
  },
};
