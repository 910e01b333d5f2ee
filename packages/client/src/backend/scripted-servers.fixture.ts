import { once } from "node:events";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { MemoryListener } from "@octoproxy/lib/transport/memory/memory-listener";
import type { ClientConnection, Connection, IncomingTunnel } from "@octoproxy/lib/transport/transport";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import { type BackendPlan, BackendSet } from "./backend-set.ts";
import type { BackendChange } from "./backend-state.ts";
import type { Connector } from "./connector.ts";

/** What a server does with a tunnel: a test's script. */
export type Answer = (tunnel: IncomingTunnel) => void;

export const accepts: Answer = (tunnel) => void tunnel.accept();
export const isSilent: Answer = () => undefined;

/** A server in memory that does what a test says, and the way of connecting to it. */
export class ScriptedServer {
  readonly name: string;
  /** Tunnels that were asked for, in order. */
  readonly asked: IncomingTunnel[] = [];
  readonly connections: Connection[] = [];
  answer: Answer = accepts;
  /** How attempts to connect go. */
  door: "open" | "refuses" | "hangs" = "open";
  attempts = 0;
  streamLimit: number | undefined;
  #listener: MemoryListener | undefined;
  #changed = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  get listener(): MemoryListener {
    this.#listener ??= new MemoryListener(
      {
        connection: (connection) => {
          this.connections.push(connection);
          this.#tell();
        },
        tunnel: (tunnel) => {
          this.asked.push(tunnel);
          this.#tell();
          this.answer(tunnel);
        },
        refused: () => undefined,
      },
      { streamLimit: this.streamLimit },
    );
    return this.#listener;
  }

  readonly connect = async (signal: AbortSignal): Promise<ClientConnection> => {
    this.attempts++;
    this.#tell();
    if (this.door === "refuses")
      throw new ProxyError("BACKEND_UNREACHABLE", { detail: `${this.name} refuses` });
    if (this.door === "hangs") {
      await once(signal, "abort");
      throw signal.reason;
    }
    return await this.listener.connect(signal);
  };

  plan(overrides: Partial<BackendPlan["settings"]> = {}, key = "1"): BackendPlan {
    return {
      settings: {
        name: this.name,
        weight: 1,
        startsClosed: false,
        retryTimeoutMs: 10_000,
        maxRetries: 0,
        connectTimeoutMs: 10_000,
        ...overrides,
      },
      newConnector: () => plainConnector(this.connect),
      key,
    };
  }

  /** Waits until something that this server has seen fits. */
  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!fits()) return;
        this.#changed.delete(look);
        resolve();
      };
      this.#changed.add(look);
      look();
    });
  }

  /** Dies: the wires break and nobody listens any more. */
  die(): void {
    this.door = "refuses";
    this.listener.cut();
  }

  #tell(): void {
    for (const look of [...this.#changed]) look();
  }
}

export const plainConnector = (connect: Connector["connect"]): Connector => ({
  listener: undefined,
  why: undefined,
  connect,
  stop: () => undefined,
});

/** Backends over scripted servers, with a record of what was told of them. */
export class Fleet implements Disposable {
  readonly backends: BackendSet;
  readonly changes: BackendChange[] = [];
  readonly ejections: string[] = [];

  private constructor() {
    this.backends = new BackendSet("first", {
      changed: (change) => this.changes.push(change),
      ejected: (name) => this.ejections.push(name),
      moved: () => undefined,
      expelled: () => undefined,
    });
  }

  /** Of these servers in this order (`first`), those that let connect being up. */
  static async of(...servers: readonly ScriptedServer[]): Promise<Fleet> {
    return await Fleet.planned(...servers.map((server) => server.plan()));
  }

  static async planned(...plans: readonly BackendPlan[]): Promise<Fleet> {
    const fleet = new Fleet();
    fleet.backends.apply("first", plans);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    return fleet;
  }

  status(name: string): string | undefined {
    return this.backends.get(name)?.state.status;
  }

  /** Tunnels that are counted at a backend. */
  active(name: string): number | undefined {
    return this.backends.get(name)?.load.active;
  }

  /** Waits for a change, or a failed attempt, after which this holds. */
  until(fits: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (fits()) return resolve();
      const unwatch = this.backends.watch(() => {
        if (!fits()) return;
        unwatch();
        resolve();
      });
    });
  }

  [Symbol.dispose](): void {
    this.backends.destroy();
  }
}

/** What a tunnel carried until its end. */
export const receive = (stream: TunnelStream): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    stream.own({
      data: (chunk) => {
        text += Buffer.from(chunk).toString("latin1");
        return true;
      },
      drain: () => undefined,
      end: () => resolve(text),
      reset: reject,
    });
  });
