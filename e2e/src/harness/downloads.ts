import { createHash } from "node:crypto";
import { get } from "node:http";
import { type Origin, patternDigest } from "./origin.ts";
import { connectThrough } from "./raw-tunnel.ts";

export interface DownloadReport {
  readonly whole: number;
  /** What went wrong, a line a download. */
  readonly failed: readonly string[];
}

/** Fetches the same bytes through the proxy again and again, some at a time, and checks every one of them. */
export class Downloads implements AsyncDisposable {
  readonly #failed: string[] = [];
  readonly #workers: Promise<void>[];
  #whole = 0;
  #stopped = false;

  constructor(proxy: string, origin: Origin, bytes: number, atOnce: number) {
    const digest = patternDigest(bytes);
    const work = async (): Promise<void> => {
      while (!this.#stopped) {
        try {
          const got = await download(proxy, origin, bytes);
          if (got === digest) this.#whole++;
          else this.#failed.push(`wrong bytes: ${got}`);
        } catch (error) {
          this.#failed.push(error instanceof Error ? error.message : String(error));
        }
      }
    };
    this.#workers = Array.from({ length: atOnce }, work);
  }

  async end(): Promise<DownloadReport> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    return { whole: this.#whole, failed: this.#failed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

const download = async (proxy: string, origin: Origin, bytes: number): Promise<string> => {
  const { status, head, socket } = await connectThrough(proxy, origin.address);
  if (status !== 200) throw new Error(head);
  return await new Promise((resolve, reject) => {
    const options = { createConnection: () => socket, headers: { Connection: "close" } };
    const request = get(`${origin.url}/bytes/${bytes}`, options, (response) => {
      const hash = createHash("sha256");
      let received = 0;
      response.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        received += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () =>
        received === bytes ? resolve(hash.digest("hex")) : reject(new Error(`${received} of ${bytes} bytes`)),
      );
    });
    request.on("error", reject);
    request.setTimeout(30_000, () => request.destroy(new Error("stalled")));
  });
};
