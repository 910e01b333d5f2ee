import { Duplex } from "node:stream";
import { countBuffer } from "../../lifecycle/buffer-garbage.ts";
import type { PackageStream } from "./package-face.ts";

/** What came was read into a buffer, and the package has copied it. */
const copies = 2;

/**
 * One stream of a session as a Duplex: TLS is spoken over it as over a TCP socket. The write side waits for the
 * writer's promise, the read side asks for a piece when somebody wants one.
 */
export class WebTransportPipe extends Duplex {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #end: () => void;
  #carried = 0;

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

  /** Bytes that went through, both ways. */
  get carried(): number {
    return this.#carried;
  }

  override _read(): void {
    this.#reader.read().then(
      ({ done, value }) => {
        if (this.destroyed) return;
        if (done) return void this.push(null);
        this.#carried += value.byteLength;
        countBuffer(copies * value.byteLength);
        this.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
      },
      () => this.destroy(),
    );
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    countBuffer(chunk.length);
    this.#send(chunk, callback);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    callback: (error?: Error | null) => void,
  ): void {
    const all = Buffer.concat(chunks.map(({ chunk }) => chunk));
    countBuffer(2 * all.length);
    this.#send(all, callback);
  }

  #send(bytes: Buffer, callback: (error?: Error | null) => void): void {
    this.#carried += bytes.length;
    this.#writer.write(bytes).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#writer.close().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#end();
    callback(error);
  }
}
