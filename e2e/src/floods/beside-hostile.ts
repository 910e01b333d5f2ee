import type { DaemonProcess, LogLine } from "../harness/daemon-process.ts";
import { EchoTarget } from "../harness/echo-target.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "../harness/pair.ts";

/** A hostile server. */
export interface Hostile extends AsyncDisposable {
  readonly address: string;
}

/** A client with an honest server for everything and hostile ones beside it, all of them up. */
export class BesideHostile<Server extends Hostile> implements AsyncDisposable {
  readonly client: { readonly process: DaemonProcess; readonly proxy: string };
  readonly target: EchoTarget;
  /** The first has the hosts `hostile-0.test`, the next `hostile-1.test`. */
  readonly hostile: readonly Server[];
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { client, target, hostile }: Pick<BesideHostile<Server>, "client" | "target" | "hostile">,
    owned: AsyncDisposableStack,
  ) {
    this.client = client;
    this.target = target;
    this.hostile = hostile;
    this.#owned = owned;
  }

  static async start<Server extends Hostile>(
    transport: "http2" | "quic",
    begin: readonly ((folder: Folder) => Server | Promise<Server>)[],
  ): Promise<BesideHostile<Server>> {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await Folder.make());
    await makeCertificates(folder);
    const honest = await startServer(folder, { quic: transport === "quic" });
    started.use(honest.process);
    const target = started.use(await EchoTarget.start());
    const hostile: Server[] = [];
    for (const one of begin) hostile.push(started.use(await one(folder)));
    const names = hostile.map((_, at) => `hostile-${at}`);
    const rules = names.map((name) => `["${name}.test"]\nbackend = "${name}"\n`);
    await folder.write("rules.toml", `${rules.join("")}["*"]\nbackend = "honest"\n`);
    const tables = hostile.map(({ address }, at) => backendTable(`hostile-${at}`, address, "", transport));
    const client = await startClient(
      folder,
      `host_rule = "rules.toml"\n${backendTable("honest", honest.address, "", transport)}${tables.join("")}`,
    );
    started.use(client.process);
    for (const name of ["honest", ...names]) {
      const isUp = (line: LogLine) =>
        line.msg === "backend" && line.backend === name && line.status === "normal";
      await client.process.line(isUp, `${name} is up`);
    }
    return new BesideHostile({ client, target, hostile }, started.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
