import type { FairSender } from "./fair-sender.ts";
import { writeSettings, writeWindowUpdate } from "./frame-writer.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { settingId } from "./settings-codec.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { creditDue } from "./stream-credit.ts";
import { initialMaxFrameSize } from "./wire-constants.ts";

/** The smallest window of a stream: a frame of the size that every peer may send. */
const narrowest = initialMaxFrameSize;

/**
 * What the peer may send. While readers keep up, windows are as configured. A stream gets half of what is left of the
 * pool for unread bytes, at least 16 KiB: where paused tunnels use that up, the initial window shrinks, for streams
 * that are open too (RFC 9113 section 6.9.2). Hundreds of unread downloads then stay below the bound at which the
 * connection's credit is held back, and all others go on.
 * What a stream may send is still checked against its full window, since nobody knows when the peer has heard of it.
 */
export class ReceiveCredit {
  readonly #settings: Http2Settings;
  readonly #sender: FairSender;
  readonly #streams: ReadonlyMap<number, Http2Stream>;
  readonly #wrote: () => void;
  readonly #window: ReceiveWindow;
  /** The initial window of streams, as last announced. */
  #announced: number;

  /** `wrote`: credit is in the output. */
  constructor(
    settings: Http2Settings,
    sender: FairSender,
    streams: ReadonlyMap<number, Http2Stream>,
    wrote: () => void,
  ) {
    this.#settings = settings;
    this.#sender = sender;
    this.#streams = streams;
    this.#wrote = wrote;
    this.#announced = settings.streamWindow;
    this.#window = new ReceiveWindow(settings.connectionWindow, settings.unreadPool);
  }

  /** Bytes that paused tunnels hold. */
  get unread(): number {
    return this.#window.unread;
  }

  /** Lifts the connection's window to ours. */
  open(): void {
    this.#update(0, this.#window.open());
  }

  /** DATA of that length begins, padding included. @throws Http2Fault where it is more than the connection's window. */
  received(length: number): void {
    this.#window.receive(length);
    this.#update(0, this.#window.due());
  }

  /** `count` bytes wait for a reader. */
  held(count: number): void {
    this.#window.unread += count;
    const fitting = this.#fitting();
    if (fitting * 2 <= this.#announced) this.#announce(fitting);
  }

  /** A reader took `count` bytes; `unread` bytes that were held are gone. */
  taken(
    stream: Http2Stream,
    count: number,
    unread: number,
    now: number,
    roundTripMs: number | undefined,
  ): void {
    if (unread > 0) {
      this.#window.unread -= unread;
      this.#update(0, this.#window.due());
    }
    stream.owed += count;
    if ((stream.state & (streamState.remoteEnded | streamState.dead)) !== 0) return;
    if (this.#announced < this.#settings.streamWindow && stream.owed * 2 >= this.#announced)
      this.#giveBack(stream);
    else this.#update(stream.id, creditDue(stream, this.#settings, now, roundTripMs));
  }

  /** To be called now and then: wider windows again once the readers have caught up. */
  relax(): void {
    const fitting = this.#fitting();
    if (fitting < this.#announced * 2 && fitting < this.#settings.streamWindow) return;
    this.#announce(fitting);
    this.#update(0, this.#window.due());
  }

  /** The window of a stream that fits what is left of the pool. */
  #fitting(): number {
    const share = Math.max(narrowest, Math.floor(this.#window.spare / 2));
    return Math.min(share, this.#settings.streamWindow);
  }

  #announce(size: number): void {
    if (size === this.#announced) return;
    const isLess = size < this.#announced;
    this.#announced = size;
    writeSettings(this.#sender.output, [[settingId.initialWindowSize, size]]);
    // What is owed may now be all that a reader waits for.
    if (isLess) for (const stream of this.#streams.values()) if (stream.owed > 0) this.#giveBack(stream);
    this.#wrote();
  }

  #giveBack(stream: Http2Stream): void {
    const increment = stream.owed;
    stream.owed = 0;
    stream.receiveWindow += increment;
    this.#update(stream.id, increment);
  }

  #update(id: number, increment: number): void {
    if (increment === 0) return;
    writeWindowUpdate(this.#sender.output, id, increment);
    this.#wrote();
  }
}
