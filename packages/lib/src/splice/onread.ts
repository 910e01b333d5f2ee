import { Socket } from "node:net";

type BufferedSocket = Socket & {
  [place: symbol]: unknown;
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
};

/** Where a socket keeps what its `onread` option gave it, found in one that has it. */
const places = (() => {
  const probe = new Socket({ onread: { buffer: new Uint8Array(1), callback: () => true } });
  const named = (name: string) =>
    Object.getOwnPropertySymbols(probe).find(({ description }) => description === name);
  const [buffer, generator, callback] = [named("kBuffer"), named("kBufferGen"), named("kBufferCb")];
  return buffer && generator && callback ? { buffer, generator, callback } : undefined;
})();

/**
 * Gives a socket that exists already the `onread` option, which Node (26.10) has for dialed ones alone: its bytes come
 * by `callback`, in `buffer`, and not by events. To be called before anything was read.
 * @param next gives the buffer of the next read; undefined: always the same one.
 * @returns false where Node is another than we know, and nothing was changed.
 */
export const setOnread = (
  given: Socket,
  buffer: Uint8Array,
  callback: (this: unknown, length: number, buffer: Uint8Array) => boolean,
  next?: () => Uint8Array,
): boolean => {
  const socket = given as BufferedSocket;
  if (places === undefined || socket._handle?.useUserBuffer === undefined) return false;
  socket[places.buffer] = buffer;
  socket[places.generator] = next ?? null;
  socket[places.callback] = callback;
  socket._handle.useUserBuffer(buffer);
  return true;
};
