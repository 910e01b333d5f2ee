import { connect, type Socket, type TcpNetConnectOpts } from "node:net";
import { formatTarget } from "../address/target.ts";
import type { ProxyError } from "../error/proxy-error.ts";
import { sharedRead } from "../splice/socket-events.ts";
import { errorOfConnect, tellingError } from "./dial-error.ts";

/** RFC 8305 section 5, Connection Attempt Delay. */
const attemptDelayMs = 250;
/** Silence after which the kernel asks whether the other side is still there. */
const keepAliveDelayMs = 60_000;

export interface RaceOptions {
  readonly addresses: readonly string[];
  readonly port: number;
  /** Reads will go through the buffer that sockets share: a transient SocketStream must take the socket. */
  readonly shared: boolean;
  /** Default `net.connect`: tests have attempts that hang. */
  readonly connect?: ((options: TcpNetConnectOpts) => Socket) | undefined;
}

export interface RaceWinner {
  /** Connected and paused; no listener of the race is left on it. */
  readonly socket: Socket;
  readonly address: string;
}

const raceKey = Symbol("race");
type RacingSocket = Socket & { [raceKey]: ConnectRace | undefined };

/**
 * Connects to the first address that answers: they start in their order, 250 ms apart or as soon as one has failed,
 * and go on until one is connected (Node's own `autoSelectFamily` gives each up when the next starts). Losers are
 * destroyed.
 */
export class ConnectRace {
  readonly #options: RaceOptions;
  readonly #signal: AbortSignal;
  readonly #attempts = new Map<Socket, string>();
  readonly #errors: ProxyError[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (winner: RaceWinner) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(options: RaceOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /**
   * Runs once.
   * @throws ProxyError of {@link tellingError} with its `nextHop`; the signal's reason when it is aborted. Then nothing is left open.
   */
  run(): Promise<RaceWinner> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#signal.aborted) return reject(this.#signal.reason);
      this.#signal.addEventListener("abort", this);
      this.#start();
    });
  }

  connected(socket: Socket): void {
    const address = this.#attempts.get(socket)!;
    this.#forget(socket);
    this.#stop();
    this.#resolve({ socket, address });
  }

  failed(socket: Socket, error: Error): void {
    const address = this.#attempts.get(socket)!;
    this.#forget(socket);
    this.#errors.push(errorOfConnect(error, formatTarget({ host: address, port: this.#options.port })));
    if (this.#next < this.#options.addresses.length) this.#start();
    else if (this.#attempts.size === 0) {
      this.#stop();
      this.#reject(tellingError(this.#errors));
    }
  }

  /** The signal aborted. */
  handleEvent(): void {
    this.#stop();
    this.#reject(this.#signal.reason);
  }

  #start(): void {
    clearTimeout(this.#timer);
    const { addresses, port, shared } = this.#options;
    const host = addresses[this.#next++]!;
    const options: TcpNetConnectOpts = {
      host,
      port,
      autoSelectFamily: false,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
    };
    if (shared) options.onread = sharedRead;
    const socket = (this.#options.connect ?? connect)(options);
    socket.pause();
    (socket as RacingSocket)[raceKey] = this;
    socket.on("connect", onConnect);
    socket.on("error", onError);
    this.#attempts.set(socket, host);
    if (this.#next < addresses.length) this.#timer = setTimeout(() => this.#start(), attemptDelayMs);
  }

  #forget(socket: Socket): void {
    this.#attempts.delete(socket);
    // A tunnel may live for days: it must not keep the race that it came from (450 bytes, measured).
    (socket as RacingSocket)[raceKey] = undefined;
    socket.off("connect", onConnect);
    socket.off("error", onError);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this);
    for (const socket of this.#attempts.keys()) socket.destroy();
    this.#attempts.clear();
  }
}

function onConnect(this: Socket): void {
  (this as RacingSocket)[raceKey]?.connected(this);
}

function onError(this: Socket, error: Error): void {
  (this as RacingSocket)[raceKey]?.failed(this, error);
}
