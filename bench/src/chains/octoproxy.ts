import { builtProtocols } from "@octoproxy/lib/transport/built";
import type { Chain } from "../chain.ts";
import { startOctoproxy } from "./octoproxy-pair.ts";

const missing = (transport: "http2" | "quic"): string | undefined =>
  builtProtocols().includes(transport) ? undefined : `this tree does not speak ${transport}`;

const octoproxy = (transport: "http2" | "quic"): Chain => ({
  name: `octoproxy ${transport}`,
  transport,
  missing: missing(transport),
  start: (folder) => startOctoproxy(folder, { transport }),
});

/** This tree, as users run it: the two daemons with the configuration of `bench/`. */
export const octoproxyHttp2 = octoproxy("http2");
export const octoproxyQuic = octoproxy("quic");

const threeServers = (transport: "http2" | "quic"): Chain => ({
  name: `octoproxy ${transport}, 3 servers`,
  transport,
  missing: missing(transport),
  only: ["w7"],
  start: (folder) => startOctoproxy(folder, { transport, servers: 3 }),
});

/** One client of three servers: what failover is measured with. */
export const threeServersHttp2 = threeServers("http2");
export const threeServersQuic = threeServers("quic");
