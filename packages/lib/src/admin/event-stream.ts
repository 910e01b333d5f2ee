import type { ControlEvent, ControlSource } from "./control.ts";
import type { SnapshotEvent } from "./event-schemas.ts";

/** As much of a WebSocket as the events need. */
export interface EventSocket {
  /** Bytes that were given to `send` and have not left yet. */
  readonly bufferedAmount: number;
  send(text: string): void;
  /** Cuts the connection. */
  terminate(): void;
}

/** A bit more often than is promised. */
export const snapshotEveryMs = 400;
/** While so much has not left, no snapshot is added: the next one replaces it. */
const snapshotBacklogBytes = 64 * 1024;
/** A reader with more than this waiting is dropped. */
const mostBacklogBytes = 1024 * 1024;
/** The same for one from which nothing was taken in so many snapshots (10 s). */
const mostSkipped = 25;
/** Errors sent in each interval between snapshots; the others are counted. */
const mostErrors = 20;
export const mostTunnels = 1000;

interface Reader {
  readonly socket: EventSocket;
  readonly tunnels: number;
  skipped: number;
}

/**
 * Sends a source's events to those who read them: a snapshot at once and then regularly, changes as they happen. While
 * nobody reads, nothing is done. A reader who is slow misses snapshots; one who does not read is dropped.
 */
export class EventStream {
  readonly #source: ControlSource;
  readonly #readers = new Map<EventSocket, Reader>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #errors = 0;
  #omitted = 0;

  constructor(source: ControlSource) {
    this.#source = source;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** @param tunnels how many of them a snapshot shows, at most {@link mostTunnels}. */
  add(socket: EventSocket, tunnels: number): void {
    const reader: Reader = { socket, tunnels: Math.min(mostTunnels, Math.max(0, tunnels)), skipped: 0 };
    this.#readers.set(socket, reader);
    this.#timer ??= setInterval(() => this.tick(), snapshotEveryMs);
    this.#unsubscribe ??= this.#source.subscribe((event) => this.#tell(event));
    socket.send(this.#snapshotText(reader.tunnels));
  }

  remove(socket: EventSocket): void {
    this.#readers.delete(socket);
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Sends a snapshot to everybody who keeps up; called by the timer. */
  tick(): void {
    this.#errors = 0;
    const texts = new Map<number, string>();
    for (const reader of [...this.#readers.values()]) {
      if (reader.socket.bufferedAmount > snapshotBacklogBytes) {
        reader.skipped++;
        if (reader.skipped >= mostSkipped) this.#drop(reader.socket);
        continue;
      }
      reader.skipped = 0;
      let text = texts.get(reader.tunnels);
      if (text === undefined) {
        text = this.#snapshotText(reader.tunnels);
        texts.set(reader.tunnels, text);
      }
      reader.socket.send(text);
    }
  }

  #tell(event: ControlEvent): void {
    if (event.type === "error" && ++this.#errors > mostErrors) {
      this.#omitted++;
      return;
    }
    let told = event;
    if (event.type === "error" && this.#omitted > 0) {
      told = { ...event, omitted: event.omitted + this.#omitted };
      this.#omitted = 0;
    }
    const text = JSON.stringify(told);
    for (const { socket } of [...this.#readers.values()]) {
      if (socket.bufferedAmount > mostBacklogBytes) this.#drop(socket);
      else socket.send(text);
    }
  }

  #drop(socket: EventSocket): void {
    this.remove(socket);
    socket.terminate();
  }

  #snapshotText(tunnels: number): string {
    const { at, status, backends } = this.#source.snapshot();
    const message: SnapshotEvent = {
      type: "snapshot",
      at,
      status,
      backends: [...backends],
      tunnels: tunnels === 0 ? [] : [...this.#source.tunnels(tunnels)],
    };
    return JSON.stringify(message);
  }
}
