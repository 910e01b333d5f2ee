import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { killGroup, spawnChild } from "../children.ts";

const script = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url));

/** What a process of its own holds open. */
export interface Held {
  close(): Promise<void>;
}

/** Idle tunnels through the proxy to the echo. */
export const holdTunnels = (proxy: string, echo: string, count: number): Promise<Held> =>
  hold(script("hold"), [proxy, echo, String(count)]);

/** Idle clients of the server at this address. @param files authority, certificate and key. */
export const holdClients = (server: string, count: number, files: readonly string[]): Promise<Held> =>
  hold(script("clients"), [server, String(count), ...files]);

/**
 * Resolves once all are open.
 * @throws Error when one is refused, or when they are not open within 2 minutes.
 */
const hold = async (program: string, args: readonly string[]): Promise<Held> => {
  const holder = spawnChild(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  holder.stderr?.on("data", (chunk: Buffer) => {
    complaint += chunk;
  });
  const exited = once(holder, "exit");
  try {
    const open = once(holder.stdout as NodeJS.ReadableStream, "data", {
      signal: AbortSignal.timeout(120_000),
    });
    const failed = exited.then(() => {
      throw new Error(complaint.slice(0, 400));
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
