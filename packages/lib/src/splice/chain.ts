import type { Socket } from "node:net";
import { MemoryListener } from "../transport/memory/memory-listener.ts";
import type { ClientConnection } from "../transport/transport.ts";
import type { TunnelStream } from "../transport/tunnel-stream.ts";
import type { Loopback } from "./loopback.ts";
import { shareRead } from "./socket-events.ts";
import { SocketStream } from "./socket-stream.ts";
import { Splice, type SpliceOptions, type SpliceResult } from "./splice.ts";

/** Application socket, splice, tunnel, splice, target socket: what a tunnel is in life, for tests. */
export interface Chain {
  readonly application: Socket;
  readonly target: Socket;
  readonly client: Splice;
  readonly server: Splice;
  readonly clientResult: Promise<SpliceResult>;
  readonly serverResult: Promise<SpliceResult>;
}

/** Tunnels over one memory connection, or, without one, a single splice between the two sockets. */
export class ChainFactory implements Disposable {
  readonly #loopback: Loopback;
  readonly #listener: MemoryListener;
  readonly #options: SpliceOptions;
  #accepted: TunnelStream | undefined;
  #connection: ClientConnection | undefined;

  constructor(loopback: Loopback, options: SpliceOptions = {}) {
    this.#loopback = loopback;
    this.#options = options;
    this.#listener = new MemoryListener({
      connection: () => {},
      tunnel: (tunnel) => {
        this.#accepted = tunnel.accept();
      },
      refused: () => {},
    });
  }

  get openStreams(): number {
    return this.#connection?.openStreams ?? 0;
  }

  async tunnel(): Promise<Chain> {
    this.#connection ??= await this.#listener.connect();
    const { near, far, application, target } = await this.#sockets();
    const here = await this.#connection.open("target.test:80", AbortSignal.timeout(10_000));
    const [client, clientResult] = this.#splice(near, here);
    const [server, serverResult] = this.#splice(this.#accepted!, far);
    return { application, target, client, server, clientResult, serverResult };
  }

  /** Without a tunnel between: a direct dial. */
  async direct(): Promise<Chain> {
    const { near, far, application, target } = await this.#sockets();
    const [splice, result] = this.#splice(near, far);
    return {
      application,
      target,
      client: splice,
      server: splice,
      clientResult: result,
      serverResult: result,
    };
  }

  [Symbol.dispose](): void {
    this.#listener.destroy();
  }

  async #sockets() {
    const inbound = await this.#loopback.pair();
    const outbound = await this.#loopback.pair(true);
    return {
      application: inbound.dialed,
      near: new SocketStream(inbound.accepted, { transient: shareRead(inbound.accepted) }),
      far: new SocketStream(outbound.dialed, { transient: true }),
      target: outbound.accepted,
    };
  }

  #splice(near: SocketStream | TunnelStream, far: SocketStream | TunnelStream) {
    const { promise, resolve } = Promise.withResolvers<SpliceResult>();
    return [new Splice(near, far, { spliceEnded: resolve }, this.#options), promise] as const;
  }
}
