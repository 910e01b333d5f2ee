import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { countBuffer } from "../../lifecycle/buffer-garbage.ts";
import { setOnread } from "../../splice/onread.ts";

/** Where all TLS sockets put what they deciphered: a record at a time, 16 KiB at most (RFC 8446 section 5.1). */
const record = Buffer.allocUnsafeSlow(16 * 1024);
/** The last piece of it that was handed out: records of one length follow each other, and a view is 200 bytes. */
let view = record;

/**
 * Lets a connection's bytes flow to `take`; they are its only during the call. A TLS socket's pass through one buffer
 * for all, so that a record costs no allocation, no object and no event.
 */
export const readRecords = (socket: Duplex, take: (bytes: Uint8Array) => void): void => {
  let early: Uint8Array[] = [];
  const takeEarly = (): void => {
    const chunks = early;
    early = [];
    for (const chunk of chunks) take(chunk);
  };
  const taken = (length: number): boolean => {
    if (early.length > 0) takeEarly();
    if (view.length !== length) view = record.subarray(0, length);
    take(view);
    return true;
  };
  if (!(socket instanceof TLSSocket && setOnread(socket, record, taken))) {
    socket.on("data", (chunk: Buffer) => {
      countBuffer(chunk.length);
      take(chunk);
    });
    return;
  }
  // What came with the handshake's end; Node gives it out a chunk at a time.
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) early.push(chunk);
  if (early.length > 0) process.nextTick(takeEarly);
  socket.resume();
};
