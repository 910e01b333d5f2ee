import type { ProxyError } from "../../error/proxy-error.ts";
import type {
  ClientConnection,
  Connection,
  IncomingTunnel,
  Listener,
  ListenerHandlers,
} from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { Recorder } from "./recorder.ts";

export interface HarnessOptions {
  /** Tunnels that the server allows at once on a connection. */
  readonly streamLimit?: number | undefined;
}

/** A transport under test: one listener and a way to reach and to break it. */
export interface TransportUnderTest {
  readonly listener: Listener;
  /** Most bytes that a writer may lose sight of when the reader never reads: windows, buffers, kernel. */
  readonly writerBound: number;
  connect(signal: AbortSignal): Promise<ClientConnection>;
  /** Breaks the wire of every connection at once, without a word of the protocol. */
  cut(): void;
  /** Ends whatever still runs. */
  dispose(): Promise<void>;
}

export type MakeTransport = (
  handlers: ListenerHandlers,
  options: HarnessOptions,
) => Promise<TransportUnderTest>;

/** What a test of the suite has in hand. */
export class TestBed implements AsyncDisposable {
  readonly tunnels: IncomingTunnel[] = [];
  readonly serverConnections: Connection[] = [];
  readonly refusals: { remoteAddress: string; error: ProxyError }[] = [];
  /** What the server does with a tunnel; null leaves it unanswered. Default: accepts into `accepted`. */
  onTunnel: ((tunnel: IncomingTunnel) => void) | null | undefined;
  onConnection: ((connection: Connection) => void) | undefined;
  readonly #waiting: (() => void)[] = [];
  #transport: TransportUnderTest | undefined;

  static async start(make: MakeTransport, options: HarnessOptions = {}): Promise<TestBed> {
    const bed = new TestBed();
    bed.#transport = await make(
      {
        connection: (connection) => {
          bed.onConnection?.(connection);
          bed.serverConnections.push(connection);
        },
        tunnel: (tunnel) => bed.#tunnel(tunnel),
        refused: (remoteAddress, error) => {
          bed.refusals.push({ remoteAddress, error });
          bed.#notify();
        },
      },
      options,
    );
    return bed;
  }

  get transport(): TransportUnderTest {
    return this.#transport!;
  }

  connect(): Promise<ClientConnection> {
    return this.transport.connect(AbortSignal.timeout(10_000));
  }

  /** A client with one tunnel, both ends owned by recorders. */
  async pair(client?: ClientConnection): Promise<Pair> {
    const connection = client ?? (await this.connect());
    const before = this.tunnels.length;
    let far: TunnelStream | undefined;
    this.onTunnel = (tunnel) => {
      far = tunnel.accept();
    };
    const near = await connection.open("example.test:443", AbortSignal.timeout(10_000));
    await this.until(() => this.tunnels.length > before);
    if (far === undefined) throw new Error("the tunnel was not accepted");
    return { client: connection, near: new Recorder(near), far: new Recorder(far) };
  }

  /** Resolves when `condition` holds; it is looked at whenever the server is told something. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.dispose();
  }

  #tunnel(tunnel: IncomingTunnel): void {
    this.tunnels.push(tunnel);
    if (this.onTunnel === undefined) tunnel.accept();
    else this.onTunnel?.(tunnel);
    this.#notify();
  }

  #notify(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export interface Pair {
  readonly client: ClientConnection;
  readonly near: Recorder;
  readonly far: Recorder;
}
