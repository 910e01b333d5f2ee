// For tests: the inbound port as a daemon would open it, with direct dials in place of tunnels, and applications that
// speak in raw bytes.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Target } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { SocketStream } from "@octoproxy/lib/splice/socket-stream";
import type { ApplicationRequest } from "./application-request.ts";
import { ForwardProxy, type ForwardProxyOptions } from "./forward/forward-proxy.ts";
import type { ForwardRecord, TunnelOutcome } from "./forward/forward-route.ts";
import { type ListenApplicationsOptions, listenApplications } from "./listen-applications.ts";

export const dial = async (target: Target, signal?: AbortSignal): Promise<TunnelOutcome> => {
  const socket = connect({ host: target.host, port: target.port, allowHalfOpen: true, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    return { stream: new SocketStream(socket), key: "tokyo" };
  } catch (cause) {
    socket.destroy();
    return {
      error: new ProxyError("CONNECTION_REFUSED", { nextHop: `${target.host}:${target.port}`, cause }),
    };
  }
};

export interface TestBedOptions {
  readonly request?: (request: ApplicationRequest) => void;
  readonly listen?: Partial<ListenApplicationsOptions>;
  readonly forward?: Partial<ForwardProxyOptions>;
}

/** An inbound port on loopback. */
export const openInbound = async ({ request, listen = {}, forward = {} }: TestBedOptions = {}) => {
  const records: ForwardRecord[] = [];
  const opened: Target[] = [];
  const over: Target[] = [];
  const applications: Peer[] = [];
  const proxy = new ForwardProxy({
    route: (target) => ({
      key: "tokyo",
      target,
      open: async (signal) => {
        opened.push(target);
        const outcome = await dial(target, signal);
        return "stream" in outcome ? { ...outcome, done: () => void over.push(target) } : outcome;
      },
    }),
    finished: (record) => records.push(record),
    pseudonym: "octoproxy-test",
    ...forward,
  });
  const listener = await listenApplications({
    address: { host: "127.0.0.1", port: 0 },
    allowFrom: ["127.0.0.0/8"],
    request: request ?? (() => {}),
    forward: (connection, head, rest) => proxy.serve(connection, head, rest),
    ...listen,
  });
  const port = Number(listener.address.split(":").at(-1));
  return {
    proxy,
    listener,
    port,
    records,
    opened,
    /** Targets of tunnels that are over. */
    over,
    /** An application that is connected. */
    application: async () => {
      const application = await openApplication(port);
      applications.push(application);
      return application;
    },
    /** Waits until the port has no connection any more. */
    emptied: async () => {
      while (listener.connections > 0) await new Promise(setImmediate);
    },
    [Symbol.asyncDispose]: async () => {
      proxy.drain();
      listener.destroy();
      for (const { socket } of applications) socket.destroy();
    },
  };
};

/** The other end of a socket, read at the test's own pace. */
export class Peer {
  readonly socket: Socket;
  #received = "";
  #ended = false;
  #error: NodeJS.ErrnoException | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake?.();
    });
    socket.on("error", (error) => {
      this.#error = error;
      this.#wake?.();
    });
    socket.on("close", () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** What came and was not taken. */
  get received(): string {
    return this.#received;
  }

  send(text: string): this {
    this.socket.write(Buffer.from(text, "latin1"));
    return this;
  }

  /** One byte a packet, each in a turn of its own. */
  async sendSlowly(text: string): Promise<void> {
    for (const byte of Buffer.from(text, "latin1")) {
      if (this.#closed || this.#error !== undefined) return;
      await new Promise<void>((resolve) => this.socket.write(Uint8Array.of(byte), () => resolve()));
      await new Promise(setImmediate);
    }
  }

  end(): this {
    this.socket.end();
    return this;
  }

  /** Takes what came as soon as it is as long as, or matches, what is awaited. */
  async take(awaited: RegExp | number): Promise<string> {
    for (;;) {
      const length =
        typeof awaited === "number"
          ? this.#received.length >= awaited
            ? awaited
            : -1
          : ((match) => (match === null ? -1 : match.index + match[0].length))(awaited.exec(this.#received));
      if (length >= 0) {
        const taken = this.#received.slice(0, length);
        this.#received = this.#received.slice(length);
        return taken;
      }
      if (this.#ended || this.#closed) throw new Error(`ended with ${JSON.stringify(this.#received)}`);
      await this.#change();
    }
  }

  /** Everything up to the end, and which end it was. */
  async rest(): Promise<{ text: string; end: "fin" | "reset" }> {
    while (!this.#ended && !this.#closed) await this.#change();
    const text = this.#received;
    this.#received = "";
    return { text, end: this.#ended ? "fin" : "reset" };
  }

  async closed(): Promise<void> {
    while (!this.#closed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

const openApplication = async (port: number): Promise<Peer> => {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const peer = new Peer(socket);
  await once(socket, "connect");
  return peer;
};

/** An origin in raw bytes: each connection is given to the test in its turn. */
export const openOrigin = async () => {
  const waiting: Peer[] = [];
  const takers: ((peer: Peer) => void)[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    const peer = new Peer(socket);
    const taker = takers.shift();
    if (taker === undefined) waiting.push(peer);
    else taker(peer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    host: `127.0.0.1:${address.port}`,
    /** Connections so far. */
    get connections() {
      return sockets.size;
    },
    /** Whether a connection came that the test has not taken. */
    get untaken() {
      return waiting.length;
    },
    accept: (): Promise<Peer> => {
      const peer = waiting.shift();
      return peer === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(peer);
    },
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
