import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { DaemonProcess, LogLine } from "../harness/daemon-process.ts";
import {
  backendTable,
  Folder,
  makeCertificates,
  startClient,
  startServer,
  type TransportName,
} from "../harness/pair.ts";
import { connectThrough } from "../harness/raw-tunnel.ts";
import { TcpTarget } from "../harness/tcp-target.ts";
import type { Road } from "./lane.ts";
import { LossyWorld, serverHost, targetHost } from "./lossy-world.ts";

export interface LossyPairOptions {
  readonly transport: TransportName | "auto";
  readonly seed?: number;
  /** From the start. */
  readonly road?: Partial<Road>;
  /** More lines for the backend's table. */
  readonly backend?: string;
  /** Before anything is sent. */
  readonly prepare?: (world: LossyWorld) => Promise<void>;
}

/** A client here and a server there, with a target beyond it; the backend is up. */
export class LossyPair implements AsyncDisposable {
  readonly world: LossyWorld;
  readonly server: DaemonProcess;
  readonly client: DaemonProcess;
  readonly proxy: string;
  readonly admin: string;
  readonly target: TcpTarget;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    parts: Pick<LossyPair, "world" | "server" | "client" | "proxy" | "admin" | "target">,
    owned: AsyncDisposableStack,
  ) {
    this.world = parts.world;
    this.server = parts.server;
    this.client = parts.client;
    this.proxy = parts.proxy;
    this.admin = parts.admin;
    this.target = parts.target;
    this.#owned = owned;
  }

  static async start({
    transport,
    seed = 1,
    road = {},
    backend,
    prepare,
  }: LossyPairOptions): Promise<LossyPair> {
    await using started = new AsyncDisposableStack();
    const folder = started.use(await Folder.make());
    await makeCertificates(folder);
    const world = started.use(await LossyWorld.start(seed));
    await prepare?.(world);
    await world.change(road);
    const server = await startServer(folder, { listen: `${serverHost}:0`, by: world.there });
    started.use(server.process);
    const target = started.use(await TcpTarget.start(targetHost));
    const table = backendTable("far", server.reach(transport), backend, transport);
    const client = await startClient(folder, `metric_address = "127.0.0.1:0"\n${table}`);
    started.use(client.process);
    const isUp = ({ msg, status }: LogLine): boolean => msg === "backend" && status === "normal";
    await client.process.line(isUp, `backend up (${transport})`);
    const { process, proxy } = client;
    const admin = await process.listening("admin");
    const parts = { world, server: server.process, client: process, proxy, admin, target };
    return new LossyPair(parts, started.move());
  }

  /**
   * A tunnel, both of its ends. They are told by a word that goes ahead: where an answer stays away the client asks once
   * more, over another connection, and the target gets a visitor that leaves again.
   */
  async tunnel(): Promise<OpenTunnel> {
    const word = randomBytes(8).toString("hex");
    const { status, head, socket } = await connectThrough(this.proxy, this.target.address, word);
    if (status !== 200) throw new Error(head);
    for (;;) {
      const there = await this.target.next();
      if (await beginsWith(there, word)) return { here: socket, there };
      there.destroy();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** Whether these are the first bytes that come; they are taken from the socket. */
const beginsWith = async (socket: Socket, word: string): Promise<boolean> => {
  const over = new AbortController();
  const isOver = (): void => over.abort();
  socket.once("end", isOver).once("close", isOver).on("error", isOver);
  try {
    for (;;) {
      const bytes: Buffer | null = socket.read(word.length);
      if (bytes !== null) return bytes.toString() === word;
      await once(socket, "readable", { signal: over.signal });
    }
  } catch {
    return false;
  } finally {
    socket.off("end", isOver).off("close", isOver).off("error", isOver);
  }
};

export interface OpenTunnel {
  readonly here: Socket;
  readonly there: Socket;
}

/**
 * Sends so many random bytes each way at the same time, a FIN behind each. Throws where other bytes or a reset arrive.
 * @returns the longest pause in which nothing came at an end that waited for more, milliseconds.
 */
export const exchange = async ({ here, there }: OpenTunnel, bytes: number): Promise<number> =>
  Math.max(...(await Promise.all([send(here, there, bytes), send(there, here, bytes)])));

const send = async (from: Socket, to: Socket, length: number): Promise<number> => {
  const bytes = randomBytes(length);
  from.end(bytes);
  const hash = createHash("sha256");
  let received = 0;
  let longestPause = 0;
  let cameAt = performance.now();
  const came = (): void => {
    const now = performance.now();
    longestPause = Math.max(longestPause, now - cameAt);
    cameAt = now;
  };
  await new Promise<void>((resolve, reject) => {
    to.on("data", (chunk: Buffer) => {
      came();
      hash.update(chunk);
      received += chunk.length;
    });
    to.once("end", resolve);
    to.once("error", reject);
    to.once("close", () => reject(new Error(`closed after ${received} of ${length} bytes, without FIN`)));
    to.resume();
  });
  came();
  const expected = createHash("sha256").update(bytes).digest("hex");
  if (hash.digest("hex") !== expected) throw new Error(`${received} of ${length} bytes, not the same`);
  return longestPause;
};
