import { freePort } from "@octoproxy/lib/testing/free-port";
import type { DaemonProcess } from "./daemon-process.ts";
import {
  backendTable,
  Folder,
  makeCertificates,
  startClient,
  startServer,
  type TransportName,
} from "./pair.ts";

export interface FleetOptions {
  readonly names?: readonly string[];
  /** Servers that are not there yet. */
  readonly away?: readonly string[];
  /** Where those that are away would be; default: a free port. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Lines of client.toml before the backends. Default: round robin. */
  readonly client?: string;
  /** Lines of a backend's table. */
  readonly backend?: (name: string) => string;
  readonly transport?: TransportName;
  /** `rules.toml`. */
  readonly rules?: string;
}

/** A client before several servers on loopback, all of them up but for those that are away. */
export class Fleet implements AsyncDisposable {
  readonly folder: Folder;
  readonly servers = new Map<string, DaemonProcess>();
  readonly addresses = new Map<string, string>();
  #owned: AsyncDisposableStack;
  readonly #quic: boolean;
  client!: DaemonProcess;
  proxy!: string;

  private constructor(folder: Folder, owned: AsyncDisposableStack, quic: boolean) {
    this.folder = folder;
    this.#owned = owned;
    this.#quic = quic;
  }

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const { names = ["one", "two", "three"], away = [], transport = "http2", rules } = options;
    const { client = 'balance = "round_robin"', backend = () => "", addresses = {} } = options;
    await using started = new AsyncDisposableStack();
    const folder = started.use(await Folder.make());
    await makeCertificates(folder);
    if (rules !== undefined) await folder.write("rules.toml", rules);
    const fleet = new Fleet(folder, started, transport === "quic");
    const start = async (name: string): Promise<void> => {
      if (away.includes(name)) {
        fleet.addresses.set(name, addresses[name] ?? `127.0.0.1:${await freePort()}`);
      } else await fleet.startServer(name);
    };
    await Promise.all(names.map(start));
    const tables = names.map((name) => backendTable(name, fleet.address(name), backend(name), transport));
    const { process, proxy } = await startClient(folder, `${client}\n${tables.join("")}`);
    started.use(process);
    fleet.client = process;
    fleet.proxy = proxy;
    for (const name of names) if (!away.includes(name)) await fleet.isUp(name);
    fleet.#owned = started.move(); // ready: from here on the fleet disposes of them
    return fleet;
  }

  /** Starts a server, where its predecessor was if there was one. */
  async startServer(name: string): Promise<void> {
    const known = this.addresses.get(name);
    const listen = known === undefined ? {} : { listen: known };
    const { process, address } = await startServer(this.folder, { name, quic: this.#quic, ...listen });
    this.servers.set(name, process);
    this.addresses.set(name, address);
    this.#owned.use(process);
  }

  address(name: string): string {
    return this.addresses.get(name)!;
  }

  server(name: string): DaemonProcess {
    return this.servers.get(name)!;
  }

  /** Waits until the client says so, from a line of its log on. */
  async isUp(name: string, since = 0): Promise<void> {
    await this.#status(name, "normal", since);
  }

  async isDown(name: string, since = 0): Promise<void> {
    await this.#status(name, "closed", since);
  }

  /** Waits for a tunnel that went through that backend, from a line of the log on. */
  async carries(name: string, since: number): Promise<void> {
    await this.client.line(
      ({ msg, backend, end }) => msg === "tunnel" && backend === name && end === "closed",
      `a tunnel through ${name}`,
      since,
    );
  }

  /** Tunnels that ended well, by backend, from a line of the log on. */
  shares(since = 0): Record<string, number> {
    const shares: Record<string, number> = {};
    for (const { msg, backend, end } of this.client.lines.slice(since)) {
      if (msg === "tunnel" && end === "closed") shares[String(backend)] = (shares[String(backend)] ?? 0) + 1;
    }
    return shares;
  }

  async #status(name: string, status: string, since: number): Promise<void> {
    await this.client.line(
      (line) => line.msg === "backend" && line.backend === name && line.status === status,
      `${name} is ${status}`,
      since,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
