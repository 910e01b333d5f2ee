import { get } from "node:http";
import { run } from "./programs.ts";
import { connectThrough } from "./raw-tunnel.ts";

export interface Fetched {
  /** Who fetched it. */
  readonly program: "curl" | "node:http";
  readonly status: number;
  readonly body: Buffer;
}

/** Fetches a page through the proxy by CONNECT: with curl, or with Node's own HTTP client where there is no curl. */
export const fetchThrough = async (proxy: string, url: string): Promise<Fetched> => {
  try {
    const curl = await run("curl", ["-sS", "-p", "-x", `http://${proxy}`, "-w", "\n%{http_code}", url]);
    const split = curl.stdout.lastIndexOf(10);
    if (curl.status !== 0) throw new Error(curl.stderr.trim());
    return {
      program: "curl",
      status: Number(curl.stdout.subarray(split + 1)),
      body: curl.stdout.subarray(0, split),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const { socket, status, head } = await connectThrough(proxy, new URL(url).host);
  if (status !== 200) throw new Error(head);
  return new Promise((resolve, reject) => {
    const request = get(
      url,
      { createConnection: () => socket, headers: { Connection: "close" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ program: "node:http", status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on("error", reject);
  });
};
