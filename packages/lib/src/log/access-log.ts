import type { AccessLog as AccessLogMode } from "../config/words.ts";
import type { ProxyError } from "../error/proxy-error.ts";
import type { SpliceResult } from "../splice/splice.ts";
import type { Logger } from "./logger.ts";

/** What stands in the line of one finished tunnel, beside `target` and the fields of its daemon. */
export interface TunnelFields {
  /** Milliseconds until it stood; until the refusal where it never did. */
  readonly open_ms: number;
  /** Milliseconds in all. */
  readonly ms: number;
  readonly bytes_up: number;
  readonly bytes_down: number;
  /** `closed` where both sides ended cleanly, else the code of the error. */
  readonly end: string;
  /** Which side broke it, where one did. */
  readonly ended_by?: string | undefined;
  readonly reason?: string | undefined;
}

/** One structured line a finished tunnel, at `info`: everything, everything but where it went, or nothing. */
export class AccessLog {
  readonly #log: Logger;
  readonly #mode: AccessLogMode;

  constructor(log: Logger, mode: AccessLogMode) {
    this.#log = log;
    this.#mode = mode;
  }

  /** False: lines need not be put together. */
  get enabled(): boolean {
    return this.#mode !== "off";
  }

  /** @param places fields that tell where the tunnel went: left out with `no_targets`. */
  tunnel(places: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, unknown>>): void {
    if (this.#mode === "off") return;
    this.#log.info(this.#mode === "full" ? { ...places, ...fields } : fields, "tunnel");
  }
}

/** The fields of a tunnel that stood. @param openMs how long opening took; both times on one clock. */
export const endedFields = (
  result: SpliceResult,
  startedAt: number,
  openMs: number,
  sides: { readonly near: string; readonly far: string },
): TunnelFields => ({
  open_ms: rounded(openMs),
  ms: rounded(performance.now() - startedAt),
  bytes_up: result.bytesUp,
  bytes_down: result.bytesDown,
  end: result.error?.code ?? "closed",
  ended_by: result.side === undefined ? undefined : sideOf(result, sides),
});

/** In a daemon's words: which side broke a tunnel. */
export const sideOf = (
  { side = "here" }: SpliceResult,
  sides: { readonly near: string; readonly far: string },
): string => (side === "here" ? side : sides[side]);

/** The fields of a tunnel that never stood. */
export const refusedFields = (error: ProxyError, startedAt: number, withReason: boolean): TunnelFields => {
  const ms = rounded(performance.now() - startedAt);
  const reason = withReason ? error.message : undefined;
  return { open_ms: ms, ms, bytes_up: 0, bytes_down: 0, end: error.code, reason };
};

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
