import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { ProxyError } from "../../error/proxy-error.ts";
import { abortCode } from "./close-code.ts";
import { ShortWrite } from "./short-write.ts";

/** Longest answer that is kept, bytes. */
const maxAnswer = 4096;

/** A short question on a stream of its own: sends `head` and FIN, gives what comes back up to FIN. */
export class Question implements StreamUser {
  readonly answer: Promise<Buffer>;
  readonly #handle: StreamHandle;
  readonly #head: ShortWrite;
  readonly #resolve: (answer: Buffer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(handle: StreamHandle, head: Uint8Array) {
    this.#handle = handle;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#head = new ShortWrite(handle, head);
    this.#head.finish();
    handle.use(this);
    this.readable();
  }

  /** Nobody waits for the answer any more. */
  giveUp(reason: unknown): void {
    this.#handle.destroy(abortCode);
    this.#reject(reason);
  }

  readable(): void {
    do {
      const chunk = this.#handle.read();
      if (chunk === undefined) continue;
      this.#length += chunk.length;
      if (this.#length > maxAnswer) {
        this.giveUp(new ProxyError("PROTOCOL_ERROR"));
        return;
      }
      this.#parts.push(chunk);
    } while (this.#handle.more);
    if (this.#handle.ended) this.#resolve(Buffer.concat(this.#parts));
  }

  writable(): void {
    this.#head.go();
  }

  stopped(): void {}

  aborted(): void {
    this.#reject(new ProxyError("BACKEND_LOST"));
  }
}
