import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DaemonProcess, type LogLine } from "./daemon-process.ts";
import { run } from "./programs.ts";

const command = new URL("../../../packages/octoproxy/bin/octoproxy.js", import.meta.url).pathname;

/** Runs an octoproxy command to its end. */
export const octoproxy = (args: readonly string[], cwd?: string) =>
  run(process.execPath, [command, ...args], cwd === undefined ? {} : { cwd });

/** A folder that goes away with the test. */
export class Folder implements AsyncDisposable {
  readonly path: string;
  private constructor(path: string) {
    this.path = path;
  }
  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "octoproxy-e2e-")));
  }
  file(name: string): string {
    return join(this.path, name);
  }
  async write(name: string, text: string): Promise<string> {
    await writeFile(this.file(name), text);
    return this.file(name);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A CA with one server and one client certificate in `certs/` of a folder. */
export const makeCertificates = async (folder: Folder): Promise<void> => {
  const certs = folder.file("certs");
  await expectDone(["easycert", "ca", "ca", "--common-name", "e2e ca", "-o", certs]);
  const signed = ["--cacert", join(certs, "ca.crt"), "--cakey", join(certs, "ca.key"), "-o", certs];
  await expectDone([
    "easycert",
    "gen",
    "server",
    "--common-name",
    "server",
    "--san",
    "DNS:localhost",
    "--san",
    "IP:127.0.0.1",
    "--usage",
    "server",
    ...signed,
  ]);
  await expectDone([
    "easycert",
    "gen",
    "client",
    "--common-name",
    "client",
    "--san",
    "DNS:client",
    "--usage",
    "client",
    ...signed,
  ]);
};

export const expectDone = async (args: readonly string[]): Promise<void> => {
  const { status, stderr } = await octoproxy(args);
  if (status !== 0) throw new Error(`octoproxy ${args.join(" ")}: status ${status}\n${stderr}`);
};

/** The transports of the matrix: what holds, holds on all. */
export const transports = ["http2", "quic", "webtransport"] as const;
export type TransportName = (typeof transports)[number];

export interface ServerOptions {
  /** More lines for server.toml. */
  readonly extra?: string;
  /** Default: HTTP/2 and QUIC. */
  readonly quic?: boolean;
  /** WebTransport on a port of its own, or at this address. Default false. */
  readonly webtransport?: boolean | string;
  readonly listen?: string;
  readonly name?: string;
  /** What starts it, with its arguments, such as `nsenter` into another network. */
  readonly by?: readonly string[];
}

export interface StartedServer {
  readonly process: DaemonProcess;
  /** TCP and UDP. */
  readonly address: string;
  /** Where a backend of that protocol finds it. */
  reach(transport: TransportName | "auto"): string;
}

/** Starts a server with the folder's certificates. */
export const startServer = async (folder: Folder, options: ServerOptions = {}): Promise<StartedServer> => {
  const {
    extra = "",
    quic = true,
    webtransport = false,
    listen = "127.0.0.1:0",
    name = "server",
    by = [],
  } = options;
  const third = typeof webtransport === "string" ? webtransport : "127.0.0.1:0";
  const more = webtransport === false ? extra : `webtransport_address = "${third}"\n${extra}`;
  const file = await folder.write(
    `${name}.toml`,
    `listen_address = "${listen}"\nquic = ${quic}\nauth_cert = "certs/server/server.crt"\nauth_key = "certs/server/server.key"\nclient_ca = "certs/ca.crt"\n${more}\n`,
  );
  const process = new DaemonProcess(["server", "-c", file], { by });
  const address = await process.listening("http2");
  if (quic) await process.listening("quic");
  const sessions = webtransport === false ? "" : await process.listening("webtransport");
  return { process, address, reach: (transport) => (transport === "webtransport" ? sessions : address) };
};

/** One `[backends.NAME]` table that uses the folder's client certificate. */
export const backendTable = (
  name: string,
  address: string,
  extra = "",
  protocol: TransportName | "auto" = "http2",
): string =>
  `[backends.${name}]\naddress = "${address}"\nprotocol = "${protocol}"\nserver_name = "localhost"\ncacert = "certs/ca.crt"\nclient_cert = "certs/client/client.crt"\nclient_key = "certs/client/client.key"\n${extra}\n`;

/** Starts a client with these lines after its listening addresses. */
export const startClient = async (
  folder: Folder,
  toml: string,
  name = "client",
): Promise<{ process: DaemonProcess; proxy: string }> => {
  const file = await folder.write(
    `${name}.toml`,
    `listen_address = "127.0.0.1:0"\n${toml.includes("metric_address") ? "" : 'metric_address = "off"\n'}${toml}`,
  );
  const process = new DaemonProcess(["client", "-c", file]);
  return { process, proxy: await process.listening("proxy") };
};

export interface PairOptions {
  /** More lines for server.toml. */
  readonly server?: string;
  /** More lines for client.toml, before the backend. */
  readonly client?: string;
  /** More lines for the backend's table. */
  readonly backend?: string;
  readonly transport?: TransportName | "auto";
  /** Whether the server has QUIC. Default true. */
  readonly quic?: boolean;
  /** `rules.toml` beside the configurations. */
  readonly rules?: string;
}

/** Client → server on loopback, ready: the backend is up. Disposing ends both and removes their folder. */
export class Pair implements AsyncDisposable {
  readonly folder: Folder;
  readonly server: DaemonProcess;
  readonly serverAddress: string;
  readonly client: DaemonProcess;
  /** `ip:port` of the client's listener. */
  readonly proxy: string;
  readonly #isWebTransport: boolean;

  private constructor(
    folder: Folder,
    server: { process: DaemonProcess; address: string; isWebTransport: boolean },
    client: { process: DaemonProcess; proxy: string },
  ) {
    this.#isWebTransport = server.isWebTransport;
    this.folder = folder;
    this.server = server.process;
    this.serverAddress = server.address;
    this.client = client.process;
    this.proxy = client.proxy;
  }

  static async start(options: PairOptions = {}): Promise<Pair> {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await Folder.make());
    await makeCertificates(folder);
    if (options.rules !== undefined) await folder.write("rules.toml", options.rules);
    const { transport = "http2" } = options;
    const isWebTransport = transport === "webtransport";
    const quic = options.quic ?? !isWebTransport;
    const extra = options.server ?? "";
    const server = await startServer(folder, { extra, quic, webtransport: isWebTransport });
    started.use(server.process);
    const address = server.reach(transport);
    const table = backendTable("local", address, options.backend, transport);
    const client = await startClient(folder, `${options.client ?? ""}\n${table}`);
    started.use(client.process);
    const isUp = ({ msg, status, protocol }: LogLine): boolean =>
      msg === "backend" && status === "normal" && (transport === "auto" || protocol === transport);
    await client.process.line(isUp, `backend up (${transport})`);
    started.move(); // ready: from here on the pair disposes of them
    return new Pair(folder, { process: server.process, address, isWebTransport }, client);
  }

  /** Another server where the first one was. */
  startServerAgain(): Promise<StartedServer> {
    const { serverAddress: address } = this;
    const where = this.#isWebTransport ? { webtransport: address } : { listen: address };
    return startServer(this.folder, { ...where, name: "again" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
