import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Chain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";

const command = fileURLToPath(new URL("../../../packages/octoproxy/bin/octoproxy.js", import.meta.url));

const listening = /"address":"([^"]+)","protocol":"(?:http2|proxy)","msg":"listening"/;

/** This tree, as users run it: the two daemons with the configuration of `bench/`. */
export const octoproxyHttp2: Chain = {
  name: "octoproxy http2",
  missing: undefined,
  start: async (folder) => {
    const serverFile = join(folder.path, "server.toml");
    await writeFile(
      serverFile,
      `listen_address = "127.0.0.1:0"\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\naccess_log = "off"\n`,
    );
    const server = new DaemonHandle("server", process.execPath, [command, "server", "-c", serverFile]);
    const [, backend = ""] = await server.said(listening);
    const clientFile = join(folder.path, "client.toml");
    await writeFile(
      clientFile,
      `listen_address = "127.0.0.1:0"\nmetric_address = "off"\naccess_log = "off"\n[backends.local]\naddress = "${backend}"\nserver_name = "localhost"\nprotocol = "http2"\ncacert = "certs/ca.crt"\nclient_cert = "certs/client/client.crt"\nclient_key = "certs/client/client.key"\n`,
    );
    const client = new DaemonHandle("client", process.execPath, [command, "client", "-c", clientFile]);
    const [, proxy = ""] = await client.said(listening);
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
