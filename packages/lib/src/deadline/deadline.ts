import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";

/**
 * A signal that aborts with `ProxyError(code)` after a time, or with its parent's reason before that.
 * Dispose of it when the work is done: the timer is cleared and the listener comes off.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;

  /** @param ms from now; `code` is what running out of time is called. */
  constructor(ms: number, code: ErrorCode, parent?: AbortSignal) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#timer = setTimeout(() => controller.abort(new ProxyError(code)), ms);
    if (parent === undefined) return;
    if (parent.aborted) {
      controller.abort(parent.reason);
      return;
    }
    this.#parent = parent;
    this.#onAbort = () => controller.abort(parent.reason);
    parent.addEventListener("abort", this.#onAbort, { once: true });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#parent?.removeEventListener("abort", this.#onAbort);
  }
}
