import type { ErrorCode } from "../../error/codes.ts";
import { ProxyError } from "../../error/proxy-error.ts";

/** For `assert.rejects`: a ProxyError with one of the codes. */
export const hasCode =
  (...codes: ErrorCode[]) =>
  (error: unknown): boolean => {
    if (error instanceof ProxyError && codes.includes(error.code)) return true;
    throw new Error(`expected ${codes.join(" or ")}`, { cause: error });
  };

/** Lets the event loop turn until `condition` holds; the test's own timeout is the deadline. */
export const turnsUntil = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** A deadline so long that only a hang reaches it. */
export const within = (milliseconds: number): AbortSignal => AbortSignal.timeout(milliseconds);
