import type { Refusal } from "../tunnel/proxy-status.ts";
import { type ErrorCode, type ErrorTraits, errorCodes } from "./codes.ts";

export interface ProxyErrorOptions {
  /** Replaces the table's sentence: what happened, in words for a person, without control characters. */
  readonly detail?: string | undefined;
  /** `ip:port` that was being reached, where there is one. */
  readonly nextHop?: string | undefined;
  /** The answer of the hop behind us, where it is one that told us so. */
  readonly received?: Refusal | undefined;
  readonly cause?: unknown;
}

/** The one error of the data path. Decide by `code` and `traits`; `message` is for people. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly code: ErrorCode;
  readonly nextHop: string | undefined;
  readonly received: Refusal | undefined;

  constructor(code: ErrorCode, options: ProxyErrorOptions = {}) {
    const cause = options.cause === undefined ? undefined : { cause: options.cause };
    super(printable(options.detail ?? errorCodes[code].sentence), cause);
    this.code = code;
    this.nextHop = options.nextHop;
    this.received = options.received;
  }

  get traits(): ErrorTraits {
    return errorCodes[this.code];
  }

  /** The error itself where it is one of ours, otherwise wrapped under `code` with its words kept. */
  static from(error: unknown, code: ErrorCode): ProxyError {
    if (error instanceof ProxyError) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new ProxyError(code, { detail: `${errorCodes[code].sentence}: ${detail}`, cause: error });
  }
}

/** What something that was thrown says, in one line: of an Error its message without what stands below it. */
export const firstLineOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown);

/** Words from outside, fit for a terminal and a log line: control and direction-changing characters become `?`. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
