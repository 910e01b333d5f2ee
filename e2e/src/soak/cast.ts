import { join } from "node:path";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { expectDone, type Folder } from "../harness/pair.ts";
import { SoakDaemon } from "./soak-daemon.ts";

export type SoakTransport = "http2" | "quic";

/** The first one is never killed: residents and figures are its. */
export const serverNames = ["alpha", "beta", "gamma"] as const;
export type ServerName = (typeof serverNames)[number];

/** Hosts of these networks go a way of their own. */
export const rules = `["127.2.0.0/16"]
backend = "alpha"
["127.3.0.0/16"]
direct = true
["127.4.0.0/16"]
block = true
`;

/** What a client's configuration says that a reload may change. */
export interface ClientWords {
  readonly balance: string;
  readonly weights: Readonly<Record<ServerName, number>>;
}

export const plainWords: ClientWords = { balance: "round_robin", weights: { alpha: 1, beta: 1, gamma: 1 } };

/** Certificates and configurations of the run, in one folder. */
export class Cast {
  readonly folder: Folder;
  /** Each server stays where it is, over every restart. */
  readonly addresses = new Map<ServerName, string>();

  private constructor(folder: Folder) {
    this.folder = folder;
  }

  static async write(folder: Folder, transports: readonly SoakTransport[]): Promise<Cast> {
    const cast = new Cast(folder);
    const certs = folder.file("certs");
    await expectDone(["easycert", "ca", "ca", "--common-name", "soak ca", "-o", certs]);
    const gen = (name: string, usage: string, sans: readonly string[]): Promise<void> => {
      const names = sans.flatMap((san) => ["--san", san]);
      const how = ["--usage", usage, ...names, ...cast.#authority, "-o", certs];
      return expectDone(["easycert", "gen", name, "--common-name", name, ...how]);
    };
    for (const name of serverNames) {
      await gen(name, "server", ["DNS:localhost"]);
      cast.addresses.set(name, `127.0.0.1:${await freePort()}`);
      await folder.write(`${name}.toml`, cast.#server(name));
    }
    for (const transport of transports) {
      await gen(`client-${transport}`, "client", [`DNS:${transport}`]);
      await cast.writeClient(transport, plainWords);
    }
    await folder.write("rules.toml", rules);
    return cast;
  }

  get #authority(): readonly string[] {
    const certs = this.folder.file("certs");
    return ["--cacert", join(certs, "ca.crt"), "--cakey", join(certs, "ca.key")];
  }

  /** A new certificate and key in the place of the old ones. */
  async renew(name: string): Promise<void> {
    const file = this.folder.file(`certs/${name}/${name}.crt`);
    await expectDone(["easycert", "renew", file, ...this.#authority]);
  }

  #server(name: ServerName): string {
    return `listen_address = "${this.addresses.get(name)}"
quic = true
metric_address = "127.0.0.1:0"
auth_cert = "certs/${name}/${name}.crt"
auth_key = "certs/${name}/${name}.key"
client_ca = "certs/ca.crt"
drain_timeout = 2
`;
  }

  async writeClient(transport: SoakTransport, { balance, weights }: ClientWords): Promise<void> {
    const me = `certs/client-${transport}/client-${transport}`;
    const tables = serverNames.map(
      (name) => `[backends.${name}]
address = "${this.addresses.get(name)}"
protocol = "${transport}"
server_name = "localhost"
weight = ${weights[name]}
cacert = "certs/ca.crt"
client_cert = "${me}.crt"
client_key = "${me}.key"
`,
    );
    await this.folder.write(
      `client-${transport}.toml`,
      `listen_address = "127.0.0.1:0"
metric_address = "127.0.0.1:0"
balance = "${balance}"
host_rule = "rules.toml"
${tables.join("")}`,
    );
  }

  start(name: string, role: "client" | "server"): SoakDaemon {
    return new SoakDaemon(name, role, this.folder.file(`${name}.toml`));
  }
}
