import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { nameBytes } from "./echo-target.ts";
import { hostAndPort } from "./raw-tunnel.ts";

/** A bound against hanging, not a measurement. */
const patienceMs = 30_000;

export interface LoadReport {
  readonly opened: number;
  /** Those that were not opened, or did not carry what they should: a line a tunnel. */
  readonly failed: readonly string[];
  /** Those that were opened and then cut with a reset. */
  readonly cut: readonly string[];
  /** Names of the tunnels that were opened: each was sent as the first bytes. */
  readonly names: readonly string[];
  /** Milliseconds from connecting to the proxy to its answer. */
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** Opens tunnels at a steady rate; each sends its name together with the CONNECT and wants it back. */
export class TunnelLoad implements AsyncDisposable {
  readonly #proxy: { host: string; port: number };
  readonly #target: string;
  readonly #failed: string[] = [];
  readonly #cut: string[] = [];
  readonly #names: string[] = [];
  readonly #waits: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #count = 0;
  #ended = 0;
  #anEnd = Promise.withResolvers<void>();

  /** Starts at once. @param target an EchoTarget's address. */
  constructor(proxy: string, target: string, perSecond: number) {
    this.#proxy = hostAndPort(proxy);
    this.#target = target;
    this.#loop = this.#run(1000 / perSecond);
  }

  /** Tunnels that were asked for so far; their names bear their numbers from 0. */
  get started(): number {
    return this.#count;
  }

  /** Lets it go on until so many more have come to their end, well or not. */
  async more(count: number): Promise<void> {
    const enough = this.#ended + count;
    while (this.#ended < enough) {
      this.#stop.signal.throwIfAborted();
      await this.#anEnd.promise;
    }
  }

  /** Opens no more, waits for those under way. */
  async end(): Promise<LoadReport> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#underWay);
    const waits = this.#waits.toSorted((a, b) => a - b);
    return {
      opened: this.#names.length,
      failed: this.#failed,
      cut: this.#cut,
      names: this.#names,
      medianMs: Math.round(waits[waits.length >> 1] ?? 0),
      slowestMs: Math.round(waits.at(-1) ?? 0),
    };
  }

  async #run(everyMs: number): Promise<void> {
    const startedAt = performance.now();
    while (!this.#stop.signal.aborted) {
      while (this.#count * everyMs < performance.now() - startedAt) {
        const one = this.#one(this.#count++);
        this.#underWay.add(one);
        void one.then(() => this.#oneEnded(one));
      }
      await sleep(everyMs / 2); // the rate is the clock's
    }
  }

  #oneEnded(one: Promise<void>): void {
    this.#underWay.delete(one);
    this.#ended++;
    this.#anEnd.resolve();
    this.#anEnd = Promise.withResolvers();
  }

  async #one(number: number): Promise<void> {
    const name = `tunnel ${number}`.padEnd(nameBytes, ".");
    const startedAt = performance.now();
    try {
      this.#waits.push(await this.#tunnel(name, startedAt));
      if (!this.#cut.includes(name)) this.#names.push(name);
    } catch (error) {
      const at = Math.round(performance.now() - startedAt);
      this.#failed.push(`${name} after ${at} ms: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #tunnel(name: string, startedAt: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...this.#proxy, noDelay: true });
      let text = "";
      let waitedMs: number | undefined;
      socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer")));
      socket.on("connect", () =>
        socket.write(`CONNECT ${this.#target} HTTP/1.1\r\nHost: ${this.#target}\r\n\r\n${name}`),
      );
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        const head = text.indexOf("\r\n\r\n");
        if (head < 0) return;
        waitedMs ??= performance.now() - startedAt;
        if (!/^HTTP\/1\.1 200 /.test(text)) socket.destroy(new Error(text.slice(0, 400)));
        else if (text.length - head - 4 >= name.length) socket.end();
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        if (waitedMs === undefined || error.code !== "ECONNRESET") return reject(error);
        this.#cut.push(name);
        resolve(waitedMs);
      });
      socket.on("close", () => {
        const body = text.slice(text.indexOf("\r\n\r\n") + 4);
        if (waitedMs !== undefined && body === name) resolve(waitedMs);
        else reject(new Error(`ended with ${JSON.stringify(text)}`));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
