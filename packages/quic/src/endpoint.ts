import { QuicConnection } from "./connection.ts";
import { type EndpointSink, type Engine, engine } from "./engine.ts";
import type { NativeNote } from "./native-binding.ts";
import type { QuicClient, QuicServer } from "./options.ts";
import { errorOfClose, QuicError } from "./quic-error.ts";
import { applicationCode, greatestU32, within } from "./range.ts";

export interface EndpointOptions {
  /** `ip:port` or `[ip]:port`; port 0: the system's choice. `[::]` takes IPv4 too. Default `[::]:0`. */
  readonly address?: string;
  readonly ipv6Only?: boolean;
  /** Makes it accept connections. */
  readonly server?: QuicServer;
  /**
   * At least 32 secret bytes, the same after a restart: the peers of a restarted process then learn at once that it
   * is gone, instead of at their idle timeout. Default: random.
   */
  readonly resetKey?: Uint8Array;
  /** Greatest `mtuUpperBound` among the settings used here. Default: the server's, else 1472. */
  readonly largestDatagram?: number;
  /** Unfinished handshakes above which clients must prove their address (Retry). Default 64. */
  readonly retryAbove?: number;
  /** Unfinished handshakes in all (the oldest is dropped) and from one address. Default 256 and 64. */
  readonly maxHalfOpen?: number;
  readonly maxHalfOpenPerAddress?: number;
  /** Deadline of a handshake on either side. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
}

export interface EndpointUser {
  /** A client was authenticated. */
  connection?(connection: QuicConnection): void;
  /** A client was turned away in its handshake; `error.remoteAddress` says from where. Floods are not all told. */
  refused?(error: QuicError): void;
  /** The socket failed, or the library: every connection ends, and the endpoint is of no more use. Close it. */
  lost?(error: QuicError): void;
}

/** How long `close` waits for the peers' acknowledgement, milliseconds: they need not answer. */
const lingerMs = 50;

/** One UDP socket for any number of connections, in either role. */
export class QuicEndpoint implements EndpointSink {
  readonly #engine: Engine;
  readonly #number: number;
  readonly #user: EndpointUser;
  readonly #idle = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;
  #held = false;

  /** @throws QuicError `SOCKET` where the address cannot be bound, `BAD_OPTION`, `UNAVAILABLE`. */
  constructor(options: EndpointOptions, user: EndpointUser = {}) {
    this.#engine = engine();
    this.#user = user;
    const settings = {
      address: options.address ?? "[::]:0",
      ipv6Only: options.ipv6Only ?? false,
      ...(options.resetKey === undefined ? {} : { resetKey: options.resetKey }),
      largestDatagram: options.largestDatagram ?? Math.max(1472, options.server?.largestDatagram ?? 0),
      retryAbove: within("retryAbove", options.retryAbove ?? 64, 0, greatestU32),
      maxHalfOpen: within("maxHalfOpen", options.maxHalfOpen ?? 256, 1, greatestU32),
      maxHalfOpenPerAddress: within(
        "maxHalfOpenPerAddress",
        options.maxHalfOpenPerAddress ?? 64,
        1,
        greatestU32,
      ),
      handshakeTimeoutMs: within("handshakeTimeoutMs", options.handshakeTimeoutMs ?? 10_000, 1, greatestU32),
    };
    this.#number = socketCall(() => this.#engine.native.bind(settings, options.server?.native));
    this.#engine.endpoints.set(this.#number, this);
    this.ref();
  }

  /** `ip:port` as bound. */
  get address(): string {
    return this.#engine.native.localAddress(this.#number) ?? "";
  }

  /**
   * Connects to `address` (`ip:port`, no names). Resolves only once the server has accepted our certificate.
   * `serverName` is what its certificate must bear: a DNS name, or an IP literal for IP SANs.
   * @throws QuicError: `REFUSED`, `REFUSED_BY_PEER`, `TIMEOUT` …; the signal's reason when aborted.
   */
  async connect(
    client: QuicClient,
    address: string,
    serverName: string,
    signal?: AbortSignal,
  ): Promise<QuicConnection> {
    signal?.throwIfAborted();
    const { native, connections } = this.#engine;
    const number = socketCall(() => native.connect(this.#number, client.native, address, serverName));
    const { promise, resolve, reject } = Promise.withResolvers<QuicConnection>();
    const ignore = (): void => {};
    connections.set(number, {
      connected: () => resolve(new QuicConnection(this.#engine, number, true)),
      closedBy: (note) => {
        connections.delete(number);
        reject(errorOfClose({ ...note, remoteAddress: address }));
      },
      stream: (stream) => this.#engine.drop(stream),
      openable: ignore,
      datagram: ignore,
      flushed: ignore,
    });
    const abort = (): void => {
      connections.delete(number);
      native.releaseConnection(number);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Certificate, trust, lists and transport for connections from now on; live ones keep theirs. */
  setServer(server: QuicServer): void {
    this.#engine.native.setServer(this.#number, server.native);
  }

  /** Goes on from another local address; live connections migrate to it. */
  rebind(address: string): void {
    socketCall(() => this.#engine.native.rebind(this.#number, address));
  }

  /** Keeps the process alive while open (the default), like a socket of Node's. */
  ref(): this {
    if (!this.#held && this.#closing === undefined) this.#engine.hold();
    this.#held = true;
    return this;
  }

  unref(): this {
    if (this.#held) this.#engine.letGo();
    this.#held = false;
    return this;
  }

  /**
   * Closes every connection with `code` and `words`, frees the socket. Resolves when the peers know, or 50 ms later:
   * without that wait a process that exits at once may have said nothing. Idempotent.
   */
  close(code = 0, words = ""): Promise<void> {
    this.#closing ??= this.#close(applicationCode(code), words);
    return this.#closing;
  }

  async #close(code: number, words: string): Promise<void> {
    const { native, endpoints } = this.#engine;
    native.closeEndpoint(this.#number, code, Buffer.from(words));
    let timer: NodeJS.Timeout | undefined;
    const linger = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lingerMs);
    });
    await Promise.race([this.#idle.promise, linger]);
    clearTimeout(timer);
    endpoints.delete(this.#number);
    native.releaseEndpoint(this.#number);
    this.unref();
  }

  /** @internal For tests: a panic in this endpoint's driver. */
  provokePanic(): void {
    this.#engine.native.provokePanic(this.#number);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  incoming(number: number): void {
    const connection = new QuicConnection(this.#engine, number, false);
    if (this.#user.connection === undefined) connection.close(0, "nobody serves here");
    else this.#user.connection(connection);
  }

  /** @internal */
  refused(note: NativeNote): void {
    this.#user.refused?.(errorOfClose(note));
  }

  /** @internal */
  idle(): void {
    this.#idle.resolve();
  }

  /** @internal */
  lost(note: NativeNote): void {
    this.#idle.resolve();
    this.#user.lost?.(new QuicError("SOCKET", note.words));
  }
}

const socketCall = <T>(call: () => T): T => {
  try {
    return call();
  } catch (cause) {
    throw new QuicError("SOCKET", cause instanceof Error ? cause.message : String(cause), { cause });
  }
};
