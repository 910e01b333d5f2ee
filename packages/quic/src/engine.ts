import { eventKind, moreEvents, type NativeEngine, type NativeNote } from "./native-binding.ts";
import { loadBinding } from "./platform.ts";

/** What the engine tells an object by its number. None of these may throw. */
export interface StreamSink {
  readable(): void;
  writable(): void;
  stopped(): void;
}

export interface ConnectionSink {
  connected(): void;
  closedBy(note: NativeNote): void;
  stream(stream: number, index: number): void;
  openable(): void;
  datagram(): void;
  flushed(): void;
}

export interface EndpointSink {
  incoming(connection: number): void;
  refused(note: NativeNote): void;
  idle(): void;
  lost(note: NativeNote): void;
}

const eventWords = 4;
const eventsPerCall = 256;
/** Batches of events in a row, before the loop turns. */
const batchesPerTurn = 4;
const noNote: NativeNote = { endedBy: 6, code: 0, words: "no reason is known" };

/** One per Node environment: the addon's tables on one side, the objects that stand for them on the other. */
export class Engine {
  readonly native: NativeEngine;
  readonly streams = new Map<number, StreamSink>();
  readonly connections = new Map<number, ConnectionSink>();
  readonly endpoints = new Map<number, EndpointSink>();
  /** Panics that were caught in the addon, in its words; for a log. */
  onPanic: ((words: string) => void) | undefined;
  readonly #events = new Uint32Array(eventWords * eventsPerCall);
  readonly #pump = (): void => this.#drain();
  readonly #endTurn = (): void => this.#sendTouched();
  #pumping = false;
  #touched = false;
  #keepAlive: NodeJS.Timeout | undefined;
  #referenced = 0;

  constructor() {
    const binding = loadBinding();
    this.native = new binding.NativeEngine(this.#pump);
  }

  /** The process stays alive while at least one holder has not let go. */
  hold(): void {
    this.#referenced++;
    this.#keepAlive ??= setInterval(() => {}, 2 ** 30);
  }

  letGo(): void {
    this.#referenced--;
    if (this.#referenced > 0) return;
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }

  /**
   * A call for a stream may have something to send: the QUIC thread is woken at the end of this turn of the loop.
   * Woken at once it would hold the connection's mutex while this thread writes to the next stream.
   */
  touched(): void {
    if (this.#touched) return;
    this.#touched = true;
    if (!this.#pumping) setImmediate(this.#endTurn);
  }

  /** Ends a stream that nobody takes. */
  drop(stream: number): void {
    this.native.releaseStream(stream, 0);
    this.touched();
  }

  #sendTouched(): void {
    if (!this.#touched) return;
    this.#touched = false;
    this.native.endTurn();
  }

  #drain(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let batch = 0; batch < batchesPerTurn; batch++) {
        const answer = this.native.drain(this.#events);
        const count = answer >= moreEvents ? answer - moreEvents : answer;
        for (let at = 0; at < count * eventWords; at += eventWords) this.#dispatch(at);
        if (answer < moreEvents) return;
      }
      setImmediate(this.#pump);
    } finally {
      this.#pumping = false;
      this.#sendTouched();
    }
  }

  #dispatch(at: number): void {
    const kind = this.#events[at];
    const number = this.#events[at + 1]!;
    const other = this.#events[at + 2]!;
    try {
      switch (kind) {
        case eventKind.readable:
          this.streams.get(number)?.readable();
          break;
        case eventKind.writable:
          this.streams.get(number)?.writable();
          break;
        case eventKind.stopped:
          this.streams.get(number)?.stopped();
          break;
        case eventKind.stream:
          this.#arrived(number, other, this.#events[at + 3]!);
          break;
        default:
          this.#dispatchRare(kind, number, other);
      }
    } catch (error) {
      // A throwing handler is its owner's fault, and must not cost the others their events.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #arrived(connection: number, stream: number, index: number): void {
    const sink = this.connections.get(connection);
    if (sink === undefined) this.drop(stream);
    else sink.stream(stream, index);
  }

  #dispatchRare(kind: number | undefined, number: number, other: number): void {
    switch (kind) {
      case eventKind.connected:
        this.connections.get(number)?.connected();
        break;
      case eventKind.openable:
        this.connections.get(number)?.openable();
        break;
      case eventKind.datagram:
        this.connections.get(number)?.datagram();
        break;
      case eventKind.flushed:
        this.connections.get(number)?.flushed();
        break;
      case eventKind.closed: {
        const note = this.#note(other);
        this.connections.get(number)?.closedBy(note);
        this.native.releaseConnection(number);
        break;
      }
      case eventKind.incoming: {
        const sink = this.endpoints.get(number);
        if (sink === undefined) this.native.releaseConnection(other);
        else sink.incoming(other);
        break;
      }
      case eventKind.refused: {
        const refused = this.#note(other);
        this.endpoints.get(number)?.refused(refused);
        break;
      }
      case eventKind.idle:
        this.endpoints.get(number)?.idle();
        break;
      case eventKind.endpointLost: {
        const note = this.#note(other);
        this.endpoints.get(number)?.lost(note);
        break;
      }
      case eventKind.panicked: {
        const { words } = this.#note(other);
        this.onPanic?.(words);
        break;
      }
    }
  }

  #note(number: number): NativeNote {
    return this.native.takeNote(number) ?? noNote;
  }
}

let shared: Engine | undefined;

/**
 * The engine of this environment, made at the first call.
 * @throws QuicError `UNAVAILABLE` where there is no addon.
 */
export const engine = (): Engine => {
  shared ??= new Engine();
  return shared;
};
