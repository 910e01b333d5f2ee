import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { hostAndPort } from "./raw-tunnel.ts";

/** One end of a connection that speaks in bytes, and is read at the test's own pace. Text is ISO 8859-1. */
export class RawPeer implements Disposable {
  readonly socket: Socket;
  /** Everything that came. */
  all = "";
  #taken = 0;
  #end: "fin" | "reset" | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.all += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("end", () => this.#over("fin"));
    socket.on("error", () => this.#over("reset"));
    socket.on("close", () => this.#over("reset"));
  }

  /** @param from the address to come from. */
  static async connect(address: string, from?: string): Promise<RawPeer> {
    const local = from === undefined ? {} : { localAddress: from };
    const socket = connect({ ...hostAndPort(address), ...local, allowHalfOpen: true });
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  /** What came since the last `take`. */
  get received(): string {
    return this.all.slice(this.#taken);
  }

  /** How the other side ended, if it has. */
  get ended(): "fin" | "reset" | undefined {
    return this.#end;
  }

  send(text: string): this {
    this.socket.write(Buffer.from(text, "latin1"));
    return this;
  }

  /** One byte a segment. */
  async sendSlowly(text: string): Promise<void> {
    for (const byte of Buffer.from(text, "latin1")) {
      if (this.socket.destroyed) return;
      await new Promise<unknown>((resolve) => this.socket.write(Uint8Array.of(byte), resolve));
    }
  }

  end(): this {
    this.socket.end();
    return this;
  }

  /** Waits for the text up to the end of the first match, and takes it. Throws where the end comes first. */
  async take(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match !== null) {
        const text = this.received.slice(0, match.index + match[0].length);
        this.#taken += text.length;
        return text;
      }
      if (this.#end !== undefined)
        throw new Error(`${this.#end} before ${pattern}: ${this.received.slice(0, 500)}`);
      await this.more();
    }
  }

  /** Everything else, until the other side ends. */
  async rest(): Promise<{ readonly text: string; readonly end: "fin" | "reset" }> {
    while (this.#end === undefined) await this.more();
    const text = this.received;
    this.#taken = this.all.length;
    return { text, end: this.#end };
  }

  /** Waits until more came, or the end. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #over(end: "fin" | "reset"): void {
    this.#end ??= end;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
