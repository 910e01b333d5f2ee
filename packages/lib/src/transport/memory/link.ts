import type { Refusal } from "../../tunnel/proxy-status.ts";

/** What the two ends of an in-process connection say to each other: the words of HTTP/2, as values. */
export type LinkMessage =
  | { readonly type: "open"; readonly id: number; readonly authority: string }
  | { readonly type: "accept"; readonly id: number }
  | { readonly type: "refuse"; readonly id: number; readonly refusal: Refusal }
  | { readonly type: "data"; readonly id: number; readonly chunk: Uint8Array }
  | { readonly type: "credit"; readonly id: number; readonly bytes: number }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "reset"; readonly id: number }
  | { readonly type: "ping"; readonly token: number }
  | { readonly type: "pong"; readonly token: number }
  | { readonly type: "goaway"; readonly lastId: number }
  | { readonly type: "bye" };

/** Who listens at one end. */
export interface LinkReader {
  message(message: LinkMessage): void;
  /** The wire is gone; the last call. */
  cut(): void;
}

/**
 * A wire between two ends in one process: ordered, delivered in a later turn of the event loop, never synchronously.
 * It can be frozen (a stopped peer: nothing arrives, nothing is lost) and cut (a dead one).
 */
export class MemoryLink {
  readonly #readers: [LinkReader | undefined, LinkReader | undefined] = [undefined, undefined];
  #queue: { to: 0 | 1; message: LinkMessage }[] = [];
  #scheduled = false;
  #frozen = false;
  #dead = false;

  attach(end: 0 | 1, reader: LinkReader): void {
    this.#readers[end] = reader;
  }

  send(from: 0 | 1, message: LinkMessage): void {
    if (this.#dead) return;
    this.#queue.push({ to: from === 0 ? 1 : 0, message });
    this.#schedule();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#schedule();
  }

  /** What is under way is lost; both ends hear of it. */
  cut(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#queue = [];
    setImmediate(() => {
      for (const reader of this.#readers) reader?.cut();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#frozen || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(this.#deliver);
  }

  readonly #deliver = (): void => {
    this.#scheduled = false;
    if (this.#frozen) return;
    const batch = this.#queue;
    this.#queue = [];
    for (const { to, message } of batch) {
      if (this.#dead) return;
      this.#readers[to]?.message(message);
    }
    this.#schedule();
  };
}
