import { Http2Fault } from "./http2-fault.ts";
import { errorCode, initialWindow } from "./wire-constants.ts";

/** Bytes that paused tunnels may hold on one connection before its credit is held back. */
const maxUnread = 64 * 1024 * 1024;

/**
 * The connection's receive window. Credit goes back on receipt, not when a reader took the bytes: otherwise eight
 * paused downloads would stop every other tunnel. Only past 64 MiB of unread bytes it waits for the readers.
 */
export class ReceiveWindow {
  readonly #size: number;
  #available = initialWindow;
  /** Received, not yet given back. */
  #owed = 0;
  /** Bytes that paused tunnels hold. Kept by the streams. */
  unread = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The credit that lifts the protocol's initial window to ours; to be sent at the start. */
  open(): number {
    const increment = Math.max(0, this.#size - initialWindow);
    this.#available += increment;
    return increment;
  }

  receive(length: number): void {
    if (length > this.#available) {
      throw new Http2Fault(errorCode.flowControlError, "more than the connection's window was sent");
    }
    this.#available -= length;
    this.#owed += length;
  }

  /** Credit that should be sent now; 0 while it is not worth a frame. */
  due(): number {
    if (this.#owed * 2 < this.#size || this.unread > maxUnread) return 0;
    const increment = this.#owed;
    this.#owed = 0;
    this.#available += increment;
    return increment;
  }
}
