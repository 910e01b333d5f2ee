import { Duplex } from "node:stream";
import type { PackageStream } from "./package-face.ts";

/**
 * One stream of a session as a Duplex: TLS is spoken over it as over a TCP socket. The write side waits for the
 * writer's promise, the read side asks for a piece when somebody wants one.
 */
export class WebTransportPipe extends Duplex {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #end: () => void;

  /** @param end is called once when the pipe is destroyed: ends what is under it. */
  constructor(stream: PackageStream, end: () => void) {
    super({ readableHighWaterMark: 64 * 1024, writableHighWaterMark: 64 * 1024 });
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    this.#end = end;
    const broken = (): void => void this.destroy();
    this.#reader.closed.catch(broken);
    this.#writer.closed.catch(broken);
  }

  override _read(): void {
    this.#reader.read().then(
      ({ done, value }) => {
        if (this.destroyed) return;
        this.push(done ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      },
      () => this.destroy(),
    );
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#writer.write(chunk).then(() => callback(), callback);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    callback: (error?: Error | null) => void,
  ): void {
    const all = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this.#writer.write(all).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#writer.close().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#end();
    callback(error);
  }
}
