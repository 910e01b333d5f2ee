import type { StreamHandle, StreamUser } from "@octoproxy/quic/handles";
import { HeadDecoder } from "../../tunnel/head-codec.ts";
import { okReply } from "../../tunnel/reply-codec.ts";
import { abortCode } from "./close-code.ts";
import { ShortWrite } from "./short-write.ts";
import { nobody } from "./stream-user.ts";

/** A stream that the server opened to us: a ping, or nothing that we know. */
export class PingAnswer implements StreamUser {
  readonly #handle: StreamHandle;
  readonly #head = new HeadDecoder();

  constructor(handle: StreamHandle) {
    this.#handle = handle;
    handle.use(this);
  }

  readable(): void {
    try {
      do {
        const chunk = this.#handle.read();
        const head = chunk === undefined ? undefined : this.#head.push(chunk);
        if (head?.target === "") {
          answerAndFinish(this.#handle, okReply);
          return;
        }
        if (head !== undefined) {
          this.#handle.destroy(abortCode);
          return;
        }
      } while (this.#handle.more);
      if (this.#handle.ended) this.#handle.destroy(abortCode);
    } catch {
      this.#handle.destroy(abortCode);
    }
  }

  writable(): void {}

  stopped(): void {
    this.#handle.destroy(abortCode);
  }

  aborted(): void {}
}

/** A short answer and FIN; what the other side still sends is read to its end and dropped. */
export const answerAndFinish = (handle: StreamHandle, answer: Uint8Array): void => {
  const write = new ShortWrite(handle, answer);
  write.finish();
  drop(handle, write);
};

/** Bytes that a refused peer may still send before its stream is reset. */
const patience = 64 * 1024;

const drop = (handle: StreamHandle, write: ShortWrite): void => {
  let dropped = 0;
  const readable = (): void => {
    do dropped += handle.read()?.length ?? 0;
    while (handle.more && dropped <= patience);
    if (dropped > patience) handle.destroy(abortCode);
  };
  handle.use({ ...nobody, readable, writable: () => write.go(), stopped: () => handle.destroy(abortCode) });
  readable();
};
