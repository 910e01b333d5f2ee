import { Http2Fault } from "./http2-fault.ts";
import { errorCode, initialWindow } from "./wire-constants.ts";

/** What 400 paused tunnels hold once each may have 16 KiB; 192 where the connection's window is 3 MiB. */
const mostOfMany = 7 * 1024 * 1024;

/**
 * The connection's receive window. Credit goes back on receipt, not when a reader took the bytes: otherwise eight
 * paused downloads would stop every other tunnel. Once paused tunnels hold half of what they may, a sixteenth of the
 * window is lent at a time; past `mostUnread` nothing.
 */
export class ReceiveWindow {
  readonly #size: number;
  readonly #pool: number;
  #available = initialWindow;
  /** Received, not yet given back. */
  #owed = 0;
  /** Bytes that paused tunnels hold. Kept by the streams. */
  unread = 0;

  /** @param pool bytes that paused tunnels may hold without harm to the others. */
  constructor(size: number, pool: number) {
    this.#size = size;
    this.#pool = pool;
  }

  /** Bytes of the pool that are left. */
  get spare(): number {
    return this.#pool - this.unread;
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
    const isTight = this.spare * 2 < this.#pool;
    const lent = isTight ? Math.max(initialWindow, Math.floor(this.#size / 16)) : this.#size;
    // What was under way when the pool ran dry may come on top, and what each of many is allowed then.
    const mostUnread = this.#pool + this.#size + Math.min(mostOfMany, this.#size);
    if (this.#available * 2 > lent || this.unread > mostUnread) return 0;
    const increment = Math.min(this.#owed, lent - this.#available);
    this.#owed -= increment;
    this.#available += increment;
    return increment;
  }
}
