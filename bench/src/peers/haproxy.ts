import { freePort } from "@octoproxy/lib/testing/free-port";
import type { BenchFolder } from "../bench-folder.ts";
import type { Chain, RunningChain } from "../chain.ts";
import { DaemonHandle, type Side } from "../daemon-handle.ts";
import { missingProgram } from "./find-program.ts";
import { startSquid } from "./squid.ts";

const startHaproxy = async (side: Side, folder: BenchFolder, port: number, text: string) => {
  const file = folder.write(`haproxy-${side}.cfg`, text);
  const daemon = new DaemonHandle(side, "haproxy", ["-db", "-q", "-f", file]);
  await daemon.accepts(port);
  return daemon;
};

const common = (mode: "tcp" | "http"): string => `
global
  nbthread 1
  maxconn 5000
  tune.ssl.default-dh-param 2048
  ssl-default-bind-options ssl-min-ver TLSv1.3
  ssl-default-server-options ssl-min-ver TLSv1.3
defaults
  mode ${mode}
  timeout connect 10s
  timeout client 300s
  timeout server 300s
  ${mode === "http" ? "http-reuse always" : "option splice-auto"}
`;

/** The two haproxies between a plain entry and `behind`, mutual TLS between them. */
const startPair = async (
  mode: "tcp" | "http",
  folder: BenchFolder,
  behind: string,
  more: readonly DaemonHandle[],
): Promise<RunningChain> => {
  const [serverPort, clientPort] = [await freePort(), await freePort()];
  const ca = folder.certificate("ca.crt");
  const alpn = mode === "http" ? "alpn h2" : "";
  const server = await startHaproxy(
    "server",
    folder,
    serverPort,
    `${common(mode)}
listen server
  bind 127.0.0.1:${serverPort} ssl crt ${folder.certificate("server/server.pem")} ca-file ${ca} verify required ${alpn}
  server behind ${behind}
`,
  );
  const client = await startHaproxy(
    "client",
    folder,
    clientPort,
    `${common(mode)}
listen client
  bind 127.0.0.1:${clientPort}
  server backend 127.0.0.1:${serverPort} ssl crt ${folder.certificate("client/client.pem")} ca-file ${ca} verify required sni str(localhost) verifyhost localhost ${alpn}
`,
  );
  return {
    proxy: `127.0.0.1:${clientPort}`,
    secured: { address: `127.0.0.1:${serverPort}`, speaks: mode === "http" ? "http2" : "http1" },
    daemons: [client, server, ...more],
  };
};

/** One mutual TLS connection for each of the application's, squid dials: how people do it with what they have. */
export const haproxySquid: Chain = {
  name: "haproxy + squid",
  transport: "tls",
  missing: missingProgram("haproxy", "squid"),
  start: async (folder) => {
    const { daemon, port } = await startSquid(folder);
    return startPair("tcp", folder, `127.0.0.1:${port}`, [daemon]);
  },
};

/** HTTP/2 between two reverse proxies whose one origin is configured: no forward proxy, the bar for two hops in C. */
export const haproxyFixed: Chain = {
  name: "haproxy, one fixed origin",
  transport: "http2",
  missing: missingProgram("haproxy"),
  only: ["w1"],
  start: (folder, origin) => startPair("http", folder, origin.http, []),
};
