import { QueuedDeadline } from "@octoproxy/lib/deadline/deadline-queue";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { HeadParser } from "@octoproxy/lib/http1/head-parser";
import { responseHeads } from "@octoproxy/lib/http1/response-head";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";

/** Who reads the answer on an origin's connection. */
export interface ResponseReader {
  /** As `StreamOwner.data`. */
  originData(chunk: Uint8Array): boolean;
  originDrain(): void;
  originEnd(): void;
  originReset(error: ProxyError): void;
}

/** A tunnel to an origin that serves one request after another. While nobody uses it, any word from it ends it. */
export class OriginConnection extends QueuedDeadline implements StreamOwner {
  readonly stream: ByteStream;
  /** Which requests it may serve: the way that it took and the origin. */
  readonly key: string;
  readonly heads = new HeadParser(responseHeads);
  /** It has served a request before: it may have been closed behind our back. */
  reused = false;
  /** When it was put away, by `performance.now()`, and for how long its origin keeps it. */
  idleSince = 0;
  keepMs = Number.POSITIVE_INFINITY;
  /** Called when it ends while nobody uses it. */
  readonly #endedIdle: (connection: OriginConnection) => void;
  /** Called when the tunnel is over. Every way out leads through `discard` or `leave`. */
  #over: (() => void) | undefined;
  #reader: ResponseReader | undefined;

  constructor(
    stream: ByteStream,
    key: string,
    endedIdle: (connection: OriginConnection) => void,
    over?: () => void,
  ) {
    super();
    this.stream = stream;
    this.key = key;
    this.#over = over;
    this.#endedIdle = endedIdle;
    stream.own(this);
  }

  /** Takes the connection for one exchange, or lets it go (undefined). */
  use(reader: ResponseReader | undefined): void {
    this.#reader = reader;
  }

  /** Ends it at once; its user is not called any more. */
  discard(): void {
    this.stream.reset();
    this.leave();
  }

  /** Both sides have said FIN: what is written still goes, and it ends by itself. Its user is not called any more. */
  leave(): void {
    this.#reader = undefined;
    this.#over?.();
    this.#over = undefined;
  }

  data(chunk: Uint8Array): boolean {
    if (this.#reader !== undefined) return this.#reader.originData(chunk);
    this.#endedIdle(this);
    return true;
  }

  drain(): void {
    this.#reader?.originDrain();
  }

  end(): void {
    if (this.#reader !== undefined) this.#reader.originEnd();
    else this.#endedIdle(this);
  }

  reset(error: ProxyError): void {
    if (this.#reader !== undefined) this.#reader.originReset(error);
    else this.#endedIdle(this);
  }
}
