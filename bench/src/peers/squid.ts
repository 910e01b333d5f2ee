import { freePort } from "@octoproxy/lib/testing/free-port";
import type { BenchFolder } from "../bench-folder.ts";
import { DaemonHandle } from "../daemon-handle.ts";

/** A plain forward proxy: what stands behind programs that cannot dial targets themselves. It caches and logs nothing. */
export const startSquid = async (folder: BenchFolder): Promise<{ daemon: DaemonHandle; port: number }> => {
  const port = await freePort();
  const file = folder.write(`squid-${port}.conf`, configuration(port));
  const daemon = new DaemonHandle("server", "squid", ["-N", "-f", file]);
  await daemon.accepts(port);
  return { daemon, port };
};

const configuration = (port: number): string => `
http_port 127.0.0.1:${port}
http_access allow all
cache deny all
cache_mem 0 MB
access_log none
cache_log /dev/null
cache_store_log none
netdb_filename none
pid_filename none
pinger_enable off
coredump_dir /tmp
visible_hostname bench
shutdown_lifetime 0 seconds
max_filedescriptors 16384
server_persistent_connections on
client_persistent_connections on
`;
