import { once } from "node:events";
import { createReadStream } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@octoproxy/lib/testing/free-port";
import type { BenchFolder } from "../bench-folder.ts";
import { DaemonHandle } from "../daemon-handle.ts";
import { findProgram } from "../peers/find-program.ts";

/** What the workloads reach through the chains. */
export interface Origin {
  /** HTTP at `ip:port`: `/hi`, `/gibibyte`, `/quarter` and `/sixteenth` to fetch, `/sink` to send to. */
  readonly http: string;
  /** TCP echo at `ip:port`. */
  readonly echo: string;
  /** Path of a file of the origin, to upload. */
  file(name: OriginFile): string;
  stop(): Promise<void>;
}

/** Files by name, with their size in MiB. */
export const originFiles = { gibibyte: 1024, quarter: 256, sixteenth: 64 } as const;

export type OriginFile = keyof typeof originFiles;

/** nginx, so that the origin is not what limits; and an echo of our own. */
export const startOrigin = async (folder: BenchFolder): Promise<Origin> => {
  if (findProgram("nginx") === undefined) throw new Error("the benchmark's origin is nginx: install it");
  for (const [name, mebibytes] of Object.entries(originFiles)) {
    const file = join(folder.path, name);
    await writeFile(file, "");
    await truncate(file, mebibytes << 20);
    // Into the page cache, or the first chain would pay for it.
    for await (const _ of createReadStream(file, { highWaterMark: 4 << 20 }));
  }
  const port = await freePort();
  const file = folder.write("nginx.conf", configuration(folder.path, port));
  const nginx = new DaemonHandle("server", "nginx", ["-p", folder.path, "-c", file, "-g", "daemon off;"]);
  await nginx.accepts(port);
  const echo = new DaemonHandle("server", process.execPath, [
    fileURLToPath(new URL("../load/echo.js", import.meta.url)),
  ]);
  const [, echoAddress = ""] = await echo.said(/listening (\S+)/);
  return {
    http: `127.0.0.1:${port}`,
    echo: echoAddress,
    file: (name) => join(folder.path, name),
    stop: async () => {
      const exited = once(nginx.child, "exit");
      nginx.child.kill("SIGTERM");
      await Promise.all([echo.stop(), exited]);
    },
  };
};

const configuration = (folder: string, port: number): string => `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000;
  sendfile on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/t1; fastcgi_temp_path ${folder}/t2; uwsgi_temp_path ${folder}/t3; scgi_temp_path ${folder}/t4;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${folder};
    client_max_body_size 0;
    location = /hi { return 200 "hello from the origin\\n"; }
    location = /sink { return 200 "taken\\n"; }
  }
}
`;
