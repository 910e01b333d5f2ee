import type { ConnectionSink, Engine } from "./engine.ts";
import { StreamHandle } from "./handles.ts";
import type { ConnectionStats, NativeInfo, NativeNote } from "./native-binding.ts";
import { errorOfClose, QuicError } from "./quic-error.ts";
import { applicationCode, within } from "./range.ts";
import { WaitList } from "./wait-list.ts";

/** What a connection tells whoever uses it. */
export interface ConnectionUser {
  /** The other side opened a stream. */
  stream?(stream: StreamHandle): void;
  datagram?(data: Uint8Array): void;
  /** The connection ended; its streams have been told. The last call. */
  closed?(error: QuicError): void;
}

const nothing: NativeInfo = { remoteAddress: "", certificates: [] };

/** One connection whose handshake is done: both certificates are accepted on both sides. */
export class QuicConnection implements ConnectionSink {
  /** The other side's certificates, DER, leaf first. */
  readonly peerCertificates: readonly Buffer[];
  /** The name that the client asked for; on the server's side only. */
  readonly serverName: string | undefined;
  /** The protocol agreed on. */
  readonly alpn: string | undefined;
  /** Resolves once with the reason of the end (code `CLOSED` where this side closed it). Never rejects. */
  readonly closed: Promise<QuicError>;
  readonly #engine: Engine;
  readonly #number: number;
  readonly #isClient: boolean;
  #opened = 0;
  readonly #streams = new Set<StreamHandle>();
  readonly #openers = new WaitList();
  readonly #flushers = new WaitList();
  #user: ConnectionUser | undefined;
  #waiting: StreamHandle[] = [];
  #remoteAddress: string;
  #error: QuicError | undefined;
  #resolveClosed: (error: QuicError) => void;

  /** @internal */
  constructor(engine: Engine, number: number, isClient: boolean) {
    this.#engine = engine;
    this.#number = number;
    this.#isClient = isClient;
    const info = engine.native.info(number) ?? nothing;
    this.peerCertificates = info.certificates;
    this.serverName = info.serverName ?? undefined;
    this.alpn = info.alpn ?? undefined;
    this.#remoteAddress = info.remoteAddress;
    const { promise, resolve } = Promise.withResolvers<QuicError>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    engine.connections.set(number, this);
  }

  /** `ip:port` of the other side now; it changes when the peer migrates. */
  get remoteAddress(): string {
    const stats = this.stats();
    if (stats !== undefined) this.#remoteAddress = stats.remoteAddress;
    return this.#remoteAddress;
  }

  /** Why it ended, once it has. */
  get error(): QuicError | undefined {
    return this.#error;
  }

  /** Streams that neither side is done with. */
  get openStreams(): number {
    return this.#streams.size;
  }

  /** Numbers of the path; nothing once it ended. */
  stats(): ConnectionStats | undefined {
    if (this.#error !== undefined) return undefined;
    return this.#engine.native.stats(this.#number) ?? undefined;
  }

  /** The congestion control at work: `cubic`, `bbr` or `reno`; nothing once it ended. */
  get congestion(): string | undefined {
    if (this.#error !== undefined) return undefined;
    return this.#engine.native.congestion(this.#number) ?? undefined;
  }

  /** Streams and datagrams that came earlier are given at once. */
  use(user: ConnectionUser): void {
    this.#user = user;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) user.stream?.(stream);
    if (user.datagram !== undefined) this.datagram();
    if (this.#error !== undefined) user.closed?.(this.#error);
  }

  /**
   * Opens a stream; the other side learns of it with the first bytes.
   * @returns nothing where the other side allows no more now: see `openable`.
   * @throws QuicError where the connection has ended.
   */
  tryOpen(): StreamHandle | undefined {
    if (this.#error !== undefined) throw this.#error;
    let number: number;
    try {
      number = this.#engine.native.open(this.#number);
    } catch (cause) {
      throw new QuicError("CLOSED", cause instanceof Error ? cause.message : String(cause), { cause });
    }
    if (number === 0) return undefined;
    return this.#add(number, this.#opened++, false);
  }

  /** Resolves when `tryOpen` may succeed again. Rejects with the signal's reason, or the connection's end. */
  async waitOpenable(signal?: AbortSignal): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    await this.#openers.wait(signal);
  }

  /** Opens a stream as soon as the other side allows one. */
  async open(signal?: AbortSignal): Promise<StreamHandle> {
    for (;;) {
      signal?.throwIfAborted();
      const stream = this.tryOpen();
      if (stream !== undefined) return stream;
      await this.waitOpenable(signal);
    }
  }

  /** Streams that the other side may have open at once, from now on; fewer than before is not possible. */
  setMaxStreams(count: number): void {
    this.#engine.native.setMaxStreams(this.#number, within("maxStreams", count, 0, 2 ** 20));
  }

  /** Greatest datagram that can be sent now, bytes; 0 where the peer takes none. */
  get maxDatagramSize(): number {
    return this.#engine.native.maxDatagramSize(this.#number);
  }

  /** Sends an unreliable message. @throws QuicError `BAD_OPTION` where it is too large, or not taken. */
  sendDatagram(data: Uint8Array): void {
    try {
      this.#engine.native.sendDatagram(this.#number, data);
    } catch (cause) {
      throw new QuicError("BAD_OPTION", cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  /**
   * Resolves when the other side has all bytes of the streams that were finished and released, or the connection
   * ended: closing before that would lose them.
   */
  async flush(): Promise<void> {
    if (this.#error !== undefined) return;
    this.#engine.native.flush(this.#number);
    await this.#flushers.wait().catch(() => {});
  }

  /** Ends the connection at once, streams with it. The other side gets `code` and `words`. Idempotent. */
  close(code = 0, words = ""): void {
    if (this.#error !== undefined) return;
    this.#engine.native.closeConnection(this.#number, applicationCode(code), Buffer.from(words));
  }

  /** @internal For tests: a panic in this connection's driver. */
  provokePanic(): void {
    this.#engine.native.provokePanic(this.#number);
  }

  /** @internal */
  connected(): void {}

  /** @internal */
  stream(number: number, index: number): void {
    const stream = this.#add(number, index, true);
    if (this.#user?.stream !== undefined) this.#user.stream(stream);
    else this.#waiting.push(stream);
  }

  /** @internal */
  openable(): void {
    this.#openers.wake();
  }

  /** @internal */
  flushed(): void {
    this.#flushers.wake();
  }

  /** @internal */
  datagram(): void {
    if (this.#user?.datagram === undefined) return;
    for (;;) {
      const data = this.#engine.native.readDatagram(this.#number);
      if (data === null) return;
      this.#user.datagram(data);
    }
  }

  /** @internal */
  closedBy(note: NativeNote): void {
    if (this.#error !== undefined) return;
    const error = errorOfClose({ ...note, remoteAddress: this.#remoteAddress });
    this.#error = error;
    this.#engine.connections.delete(this.#number);
    // Streams without a pending operation would never learn of it otherwise.
    for (const stream of [...this.#streams]) stream.lost(error);
    this.#openers.fail(error);
    this.#flushers.fail(error);
    this.#user?.closed?.(error);
    this.#resolveClosed(error);
  }

  /** @internal */
  released(stream: StreamHandle): void {
    this.#streams.delete(stream);
  }

  /** `index` counts the streams that one side opened; its first bit up says which (RFC 9000 section 2.1). */
  #add(number: number, index: number, incoming: boolean): StreamHandle {
    const id = index * 4 + (incoming === this.#isClient ? 1 : 0);
    const stream = new StreamHandle(this.#engine, this, number, id, incoming);
    this.#streams.add(stream);
    return stream;
  }
}
