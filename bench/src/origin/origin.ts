import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { truncate, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DaemonHandle } from "../daemon-handle.ts";

/** What the workloads reach through the chains. */
export interface Origin {
  /** HTTP at `ip:port`: `/hi`, `/gibibyte` and `/quarter` to fetch, `/sink` to send to. */
  readonly http: string;
  /** TCP echo at `ip:port`. */
  readonly echo: string;
  /** A file of 256 MiB to upload. */
  readonly upload: string;
  stop(): Promise<void>;
}

/** nginx, so that the origin is not what limits; and an echo of our own. */
export const startOrigin = async (folder: string): Promise<Origin> => {
  if (spawnSync("which", ["nginx"]).status !== 0)
    throw new Error("the benchmark's origin is nginx: install it");
  await sparse(join(folder, "gibibyte"), 1 << 30);
  await sparse(join(folder, "quarter"), 256 << 20);
  const port = await unusedPort();
  await writeFile(join(folder, "nginx.conf"), configuration(folder, port));
  const nginx = new DaemonHandle("nginx", "nginx", [
    "-p",
    folder,
    "-c",
    join(folder, "nginx.conf"),
    "-g",
    "daemon off;",
  ]);
  await answering(`http://127.0.0.1:${port}/hi`);
  const echo = new DaemonHandle("echo", process.execPath, [
    fileURLToPath(new URL("../load/echo.js", import.meta.url)),
  ]);
  const [, echoAddress = ""] = await echo.said(/listening (\S+)/);
  return {
    http: `127.0.0.1:${port}`,
    echo: echoAddress,
    upload: join(folder, "quarter"),
    stop: async () => {
      nginx.child.kill("SIGTERM");
      await echo.stop();
      if (nginx.child.exitCode === null) await once(nginx.child, "exit");
    },
  };
};

const sparse = async (file: string, bytes: number): Promise<void> => {
  await writeFile(file, "");
  await truncate(file, bytes);
};

const configuration = (folder: string, port: number): string => `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 8192; }
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

const unusedPort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const answering = async (url: string): Promise<void> => {
  const deadline = Date.now() + 5000;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(setImmediate);
    }
  }
};
