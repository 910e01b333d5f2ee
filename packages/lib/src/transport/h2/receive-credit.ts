import type { FairSender } from "./fair-sender.ts";
import { writeSettings, writeWindowUpdate } from "./frame-writer.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { settingId } from "./settings-codec.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { creditDue } from "./stream-credit.ts";
import { initialWindow } from "./wire-constants.ts";

/** Bytes held for paused tunnels from which on streams get a small window, and below which they get theirs back. */
const tightMark = 16 * 1024 * 1024;
const relaxMark = 4 * 1024 * 1024;
const tightWindow = initialWindow;

/**
 * What the peer may send. While readers keep up, windows are as configured. Once paused tunnels hold 16 MiB, the
 * initial window of streams shrinks to 64 KiB, for those that are open too (RFC 9113 section 6.9.2): some hundred
 * unread downloads then stay below the bound at which the connection's credit is held back, and all others go on.
 * What a stream may send is still checked against its full window, since nobody knows when the peer has heard of it.
 */
export class ReceiveCredit {
  readonly #settings: Http2Settings;
  readonly #sender: FairSender;
  readonly #streams: ReadonlyMap<number, Http2Stream>;
  readonly #wrote: () => void;
  readonly #window: ReceiveWindow;
  #tight = false;

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
    this.#window = new ReceiveWindow(settings.connectionWindow);
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
    if (!this.#tight && this.#window.unread > tightMark) this.#tighten();
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
    if (this.#tight && stream.owed * 2 >= tightWindow) this.#giveBack(stream);
    else this.#update(stream.id, creditDue(stream, this.#settings, now, roundTripMs));
  }

  /** To be called now and then: full windows again once the readers have caught up. */
  relax(): void {
    if (!this.#tight || this.#window.unread > relaxMark) return;
    this.#tight = false;
    writeSettings(this.#sender.output, [[settingId.initialWindowSize, this.#settings.streamWindow]]);
    this.#wrote();
  }

  #tighten(): void {
    if (this.#settings.streamWindow <= tightWindow) return;
    this.#tight = true;
    writeSettings(this.#sender.output, [[settingId.initialWindowSize, tightWindow]]);
    // What is owed may now be all that a reader waits for.
    for (const stream of this.#streams.values()) if (stream.owed > 0) this.#giveBack(stream);
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
