import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";

/**
 * A signal that aborts with `ProxyError(code)` after a time, or with its parent's reason before that.
 * Dispose of it when the work is done: the timer is cleared and the listener comes off.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller: AbortController;
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;

  /** @param ms from now; `code` is what running out of time is called. */
  constructor(ms: number, code: ErrorCode, parent?: AbortSignal) {
    const controller = new AbortController();
    this.#controller = controller;
    this.signal = controller.signal;
    this.#timer = setTimeout(expire, ms, controller, code);
    if (parent === undefined) return;
    if (parent.aborted) {
      controller.abort(parent.reason);
      return;
    }
    this.#parent = parent;
    parent.addEventListener("abort", this);
  }

  /** The parent aborted. */
  handleEvent(): void {
    this.#controller.abort(this.#parent?.reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this);
  }
}

const expire = (controller: AbortController, code: ErrorCode): void => controller.abort(new ProxyError(code));
