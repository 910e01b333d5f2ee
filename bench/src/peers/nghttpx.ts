import { freePort } from "@octoproxy/lib/testing/free-port";
import type { Chain } from "../chain.ts";
import { DaemonHandle } from "../daemon-handle.ts";
import { missingProgram } from "./find-program.ts";
import { startSquid } from "./squid.ts";

/** The windows that octoproxy uses: 2 MiB a stream, 16 MiB a connection. */
const windows = [
  "--frontend-http2-window-size=2M",
  "--frontend-http2-connection-window-size=16M",
  "--backend-http2-window-size=2M",
  "--backend-http2-connection-window-size=16M",
  "--frontend-http2-max-concurrent-streams=16384",
  "--backend-connections-per-host=16384",
];

const quiet = [
  "--workers=1",
  "--no-ocsp",
  "--errorlog-file=/dev/stderr",
  "--log-level=ERROR",
  "--conf=/dev/null",
];

/** C++ over the same wire: HTTP/2 CONNECT with client certificates, squid dials. */
export const nghttpx: Chain = {
  name: "nghttpx + squid",
  transport: "http2",
  missing: missingProgram("nghttpx", "squid"),
  start: async (folder) => {
    const { daemon: squid, port: squidPort } = await startSquid(folder);
    const [serverPort, clientPort] = [await freePort(), await freePort()];
    const server = new DaemonHandle("server", "nghttpx", [
      "--http2-proxy",
      ...quiet,
      ...windows,
      `--frontend=127.0.0.1,${serverPort}`,
      `--backend=127.0.0.1,${squidPort}`,
      "--verify-client",
      `--verify-client-cacert=${folder.certificate("ca.crt")}`,
      folder.certificate("server/server.key"),
      folder.certificate("server/server.crt"),
    ]);
    await server.accepts(serverPort);
    const client = new DaemonHandle("client", "nghttpx", [
      "--http2-proxy",
      ...quiet,
      ...windows,
      `--frontend=127.0.0.1,${clientPort};no-tls`,
      `--backend=127.0.0.1,${serverPort};;proto=h2;tls;sni=localhost`,
      `--cacert=${folder.certificate("ca.crt")}`,
      `--client-cert-file=${folder.certificate("client/client.crt")}`,
      `--client-private-key-file=${folder.certificate("client/client.key")}`,
    ]);
    await client.accepts(clientPort);
    return {
      proxy: `127.0.0.1:${clientPort}`,
      secured: { address: `127.0.0.1:${serverPort}`, speaks: "http2" },
      daemons: [client, server, squid],
    };
  },
};
