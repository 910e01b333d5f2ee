import type { Socket } from "node:net";

/** Bytes: a program's request fits, some twenty that came in one breath do not. */
const piece = 1024;

const ignore = (): void => {};

/**
 * Gives Node's parser what a connection says in small pieces. By itself it takes each read of up to 64 KB to its end and
 * makes objects of every request in it, also where one of them has ended the connection (measured: 500 requests 1.5 MB).
 */
export const hearInPieces = (socket: Socket): void => {
  // Who listens is told: from here on the bytes come by `push`, not from handle to parser.
  socket.on("data", ignore).off("data", ignore);
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk === null || chunk.length <= piece) return push(chunk, encoding);
    let wantsMore = true;
    for (let at = 0; at < chunk.length && !socket.destroyed; at += piece)
      wantsMore = push(chunk.subarray(at, at + piece));
    return wantsMore;
  };
};
