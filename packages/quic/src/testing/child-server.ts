import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ProcessOptions, Usage } from "./echo-process.ts";
import { alpn, credentials } from "./pair.ts";

const script = fileURLToPath(new URL("./echo-process.js", import.meta.url));

export interface ChildOptions {
  readonly server?: Partial<ProcessOptions["server"]>;
  readonly endpoint?: ProcessOptions["endpoint"];
  readonly resetKey?: string;
}

/** `echo-process` running. */
export class ChildServer implements Disposable {
  readonly address: string;
  readonly process: ChildProcess;

  private constructor(process: ChildProcess, address: string) {
    this.process = process;
    this.address = address;
  }

  static async start(options: ChildOptions = {}): Promise<ChildServer> {
    const { authority, server } = credentials();
    const whole: ProcessOptions = {
      ...options,
      endpoint: { address: "127.0.0.1:0", ...options.endpoint },
      server: { ...server, ca: authority.cert, alpn, maxStreams: 1000, ...options.server },
    };
    const child = fork(script, [JSON.stringify(whole)], { execArgv: ["--expose-gc"] });
    const [address] = (await once(child, "message")) as [string];
    return new ChildServer(child, address);
  }

  async usage(): Promise<Usage> {
    this.process.send("usage");
    const [usage] = (await once(this.process, "message")) as [Usage];
    return usage;
  }

  [Symbol.dispose](): void {
    this.process.kill("SIGKILL");
  }
}

/** What this process uses, garbage left out where that can be. */
export const ownRss = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};
