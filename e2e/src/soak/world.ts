import { rmSync } from "node:fs";
import { askAdmin } from "../harness/admin.ts";
import { fillBacklog } from "../harness/full-backlog.ts";
import { Folder } from "../harness/pair.ts";
import { ByteTarget } from "./byte-target.ts";
import { Cast, type ServerName, type SoakTransport, serverNames } from "./cast.ts";
import type { SoakDaemon } from "./soak-daemon.ts";
import { startWebTarget } from "./web-target.ts";

export interface SoakClient {
  readonly transport: SoakTransport;
  readonly daemon: SoakDaemon;
  /** `ip:port` for applications. */
  readonly proxy: string;
}

interface BackendView {
  readonly name: string;
  readonly status: string;
  readonly ejected_until: string | null;
}

/** Everything that runs: three servers, a client for each transport before them, and the targets behind. */
export class World implements AsyncDisposable {
  readonly cast: Cast;
  readonly servers = new Map<ServerName, SoakDaemon>();
  readonly clients: SoakClient[] = [];
  /** Ports of the targets, at every host of 127.0.0.0/8. */
  readonly bytesPort: number;
  readonly webPort: number;
  /** Neither accepts nor refuses. */
  readonly silent: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(cast: Cast, owned: AsyncDisposableStack, targets: readonly [number, number, string]) {
    this.cast = cast;
    this.#owned = owned;
    [this.bytesPort, this.webPort, this.silent] = targets;
  }

  static async start(transports: readonly SoakTransport[]): Promise<World> {
    const owned = new AsyncDisposableStack();
    try {
      const folder = owned.use(await Folder.make());
      const remove = (): void => rmSync(folder.path, { recursive: true, force: true });
      process.on("exit", remove); // also where a second signal ends it at once
      const cast = await Cast.write(folder, transports);
      const bytes = owned.use(await ByteTarget.start());
      const web = owned.use(await startWebTarget());
      const silent = owned.use(await fillBacklog());
      const world = new World(cast, owned, [bytes.port, web.port, silent.address]);
      for (const name of serverNames) await world.startServer(name);
      for (const transport of transports) {
        const daemon = owned.use(cast.start(`client-${transport}`, "client"));
        world.clients.push({ transport, daemon, proxy: await daemon.ready("proxy") });
      }
      await world.allUp();
      return world;
    } catch (error) {
      await owned.disposeAsync();
      throw error;
    }
  }

  /** Starts a server where its predecessor was. */
  async startServer(name: ServerName): Promise<void> {
    const daemon = this.#owned.use(this.cast.start(name, "server"));
    this.servers.set(name, daemon);
    await daemon.ready("http2");
    await daemon.ready("quic");
  }

  server(name: ServerName): SoakDaemon {
    return this.servers.get(name)!;
  }

  get daemons(): readonly SoakDaemon[] {
    return [...this.servers.values(), ...this.clients.map(({ daemon }) => daemon)];
  }

  /** Waits until every client has every backend, and none of them is ejected any more. */
  async allUp(): Promise<void> {
    const startedAt = performance.now();
    for (const { daemon } of this.clients) {
      const ask = async () => (await askAdmin(daemon.admin, "/api/v1/backends")).json<BackendView[]>();
      for (;;) {
        const away = (await ask()).map(awayOf).filter((one) => one !== undefined);
        if (away.length === 0) break;
        const waited = performance.now() - startedAt;
        const late = away.filter(({ patienceMs }) => waited > patienceMs);
        if (late.length > 0) throw new Error(`${daemon.name}: ${late.map(({ words }) => words).join(", ")}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** What keeps a backend from getting tunnels, and how long it may; the longest ejection is five minutes. */
const awayOf = ({ name, status, ejected_until }: BackendView) => {
  if (status !== "normal") return { words: `${name} is ${status}`, patienceMs: 30_000 };
  if (ejected_until !== null) return { words: `${name} is ejected`, patienceMs: 310_000 };
  return undefined;
};
