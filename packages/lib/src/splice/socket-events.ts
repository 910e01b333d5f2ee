import type { OnReadOpts, Socket } from "node:net";
import { countBuffer } from "../lifecycle/buffer-garbage.ts";
import { setOnread } from "./onread.ts";

/** What a socket says to its stream. */
export interface SocketEvents {
  /** @returns false to stop reading. */
  received(chunk: Uint8Array): boolean;
  /** Bytes that a next read had better not exceed. */
  readonly appetite: number;
  finReceived(): void;
  drained(): void;
  failed(error: NodeJS.ErrnoException): void;
  closed(): void;
}

const receiver = Symbol("receiver");
type ReceivingSocket = Socket & { [receiver]: SocketEvents };

/**
 * Node reads and calls back before it reads the next socket, so one buffer serves all of them: a read costs no
 * allocation of 64 KiB.
 */
const sharedBuffer = Buffer.allocUnsafeSlow(256 * 1024);
/** What a read may bring. A socket begins with little, and gets more once it filled what it had. */
const views = [4 * 1024, 64 * 1024, 256 * 1024].map((size) => sharedBuffer.subarray(0, size));
let next: Buffer = views[0]!;
/** The last piece of it that was handed out: reads of one length follow each other, and a view is 200 bytes. */
let sharedView = sharedBuffer;

/**
 * The `onread` option of `net.connect` for a socket whose chunks are valid only during the call. The socket must be
 * paused before it connects and stay so until {@link attach}: until then nobody takes its bytes.
 */
export const sharedRead: OnReadOpts = { buffer: takeNext, callback: onRead };

/**
 * The same for an accepted socket: without it a paused one reads on until it holds 64 KiB or more, whatever is ahead of
 * it, and each read costs a buffer of its own. To be called before anything was read.
 * @returns whether its chunks are now valid only during the call; false where Node is another than we know.
 */
export const shareRead = (accepted: Socket): boolean => setOnread(accepted, views[0]!, onRead, takeNext);

/** Sets the listeners, once for the life of the socket. They are the same functions for all sockets: no closure. */
export const attach = (socket: Socket, events: SocketEvents, shared: boolean): void => {
  (socket as ReceivingSocket)[receiver] = events;
  if (!shared) socket.on("data", onData);
  socket.on("end", onEnd);
  socket.on("drain", onDrain);
  socket.on("error", onError);
  socket.on("close", onClose);
};

// Node calls it as a method of the socket (26.10; a test holds it), as it does with listeners.
function onRead(this: unknown, length: number, buffer: Uint8Array): boolean {
  if (sharedView.length !== length) sharedView = sharedBuffer.subarray(0, length);
  const events = (this as ReceivingSocket)[receiver];
  const flows = events.received(sharedView);
  next = viewFor(length === buffer.length ? length + 1 : length, events.appetite);
  return flows;
}

/** Node asks right after `onRead` for the buffer of the socket's next read, and once when the socket is made. */
function takeNext(): Buffer {
  const taken = next;
  next = views[0]!;
  return taken;
}

/**
 * The smallest that holds `length` bytes, cut to the appetite: what is read beyond it must be kept, and less would be
 * several reads for what is left of a window.
 */
function viewFor(length: number, appetite: number): Buffer {
  const view = views.find((one) => one.length >= length) ?? views.at(-1)!;
  const most = Math.max(appetite, views[0]!.length);
  return view.length > most ? view.subarray(0, most) : view;
}

function onData(this: Socket, chunk: Buffer): void {
  countBuffer(chunk.length);
  if (!(this as ReceivingSocket)[receiver].received(chunk)) this.pause();
}

function onEnd(this: Socket): void {
  (this as ReceivingSocket)[receiver].finReceived();
}

function onDrain(this: Socket): void {
  (this as ReceivingSocket)[receiver].drained();
}

function onError(this: Socket, error: Error): void {
  (this as ReceivingSocket)[receiver].failed(error);
}

function onClose(this: Socket): void {
  (this as ReceivingSocket)[receiver].closed();
}

/**
 * Closes with RST instead of FIN. While shutdown(2) is under way libuv refuses that (EINVAL) and Node 26.10 then loses
 * the handle for good, descriptor and all: so it waits for the shutdown, which with nothing left to write is a turn.
 */
export const resetSocket = (socket: Socket): void => {
  const shuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (shuttingDown) socket.once("finish", resetNow);
  else resetNow.call(socket);
};

function resetNow(this: Socket): void {
  if (this.destroyed) return;
  try {
    this.resetAndDestroy();
  } catch {
    // A Unix socket knows no RST (ERR_INVALID_HANDLE_TYPE). Asking for its kind first would be a system call.
    this.destroy();
  }
}
