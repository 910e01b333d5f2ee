import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { killGroup, spawnChild } from "../children.ts";

const load = fileURLToPath(new URL("hold.js", import.meta.url));

/** Idle tunnels to the echo, held by a process of its own. */
export interface HeldTunnels {
  close(): Promise<void>;
}

/**
 * Resolves once all are open.
 * @throws Error when one is refused, or when they are not open within 60 s.
 */
export const holdTunnels = async (proxy: string, echo: string, count: number): Promise<HeldTunnels> => {
  const args = [load, proxy, echo, String(count)];
  const holder = spawnChild(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  holder.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk;
  });
  const exited = once(holder, "exit");
  try {
    const open = once(holder.stdout as NodeJS.ReadableStream, "data", {
      signal: AbortSignal.timeout(60_000),
    });
    const failed = exited.then(() => {
      throw new Error(`${count} tunnels: ${complaint.slice(0, 300)}`);
    });
    await Promise.race([open, failed]);
    failed.catch(() => undefined);
  } catch (error) {
    killGroup(holder);
    throw error;
  }
  return {
    close: async () => {
      holder.stdin?.end();
      await exited;
    },
  };
};
