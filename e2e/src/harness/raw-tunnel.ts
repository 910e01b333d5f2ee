import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What a proxy answered to a CONNECT. */
export interface ConnectAnswer {
  readonly status: number;
  readonly head: string;
  /** The tunnel, paused, with what came behind the head put back. */
  readonly socket: Socket;
}

/** Splits `127.0.0.1:80` for `net.connect`. */
export const hostAndPort = (address: string): { host: string; port: number } => {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
};

/** Sends a CONNECT by hand; `early` goes in the same segment as the head. */
export const connectThrough = async (
  proxy: string,
  authority: string,
  early = "",
): Promise<ConnectAnswer> => {
  const socket = connect({ ...hostAndPort(proxy), allowHalfOpen: true, noDelay: true });
  await once(socket, "connect");
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n${early}`);
  const head = await readHead(socket);
  return { status: Number(head.split(" ")[1]), head, socket };
};

const readHead = async (socket: Socket): Promise<string> => {
  let seen = Buffer.alloc(0);
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
      if (socket.readableEnded || socket.destroyed)
        throw new Error(`closed before a whole head: ${seen.toString("latin1")}`);
      continue;
    }
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf("\r\n\r\n");
    if (end < 0) continue;
    if (end + 4 < seen.length) socket.unshift(seen.subarray(end + 4));
    return seen.subarray(0, end).toString("latin1");
  }
};

/**
 * Everything until FIN; the other direction stays open (an async iterator would destroy the socket).
 * Throws on a reset: a cut stream is not a whole one.
 */
export const readAll = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("end", () => resolve(Buffer.concat(chunks)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed without FIN")));
    socket.resume();
  });

/** The next bytes of a paused socket, which is paused again; within 20 s. */
export const nextChunk = async (socket: Socket): Promise<Buffer> => {
  const chunk = once(socket, "data", { signal: AbortSignal.timeout(20_000) });
  socket.resume();
  const [data] = (await chunk) as [Buffer];
  socket.pause();
  return data;
};
