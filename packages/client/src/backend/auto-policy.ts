import type { ErrorCode } from "@octoproxy/lib/error/codes";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { BackOff } from "./back-off-policy.ts";

/** What `auto` chooses between; QUIC is the first choice. */
export type AutoProtocol = "quic" | "http2";

/** What a race wants done, in this order. */
export type AutoStep =
  /** Begin an attempt; report `opened` or `failed`. */
  | { readonly kind: "try"; readonly protocol: AutoProtocol }
  /** End that attempt: it is not wanted any more. */
  | { readonly kind: "abandon"; readonly protocol: AutoProtocol }
  /** This connection it is. A QUIC attempt that still runs goes on in the background. The last step. */
  | { readonly kind: "use"; readonly protocol: AutoProtocol }
  /** Neither gave one. The last step. */
  | { readonly kind: "fail"; readonly error: ProxyError };

/** Milliseconds. */
export interface AutoTimes {
  /** QUIC runs alone for so long. */
  readonly headStartMs: number;
  /** How long QUIC may still take once HTTP/2 has failed: then the server is hardly there. */
  readonly graceMs: number;
}

/** A server that is far away needs some round trips for a handshake. */
export const autoTimesOf = (expectedRttMs: number): AutoTimes => ({
  headStartMs: 250,
  graceMs: Math.max(1000, 5 * expectedRttMs),
});

/** Errors that say more than "not reachable", whichever protocol they come by. */
const telling: ReadonlySet<ErrorCode> = new Set([
  "CERTIFICATE_REFUSED",
  "BACKEND_CERTIFICATE",
  "CLIENT_LIMIT",
  "BACKEND_DRAINING",
]);

/** One connection by whichever protocol gives it first, QUIC with a head start. Has no clock: `now` is given. */
export class AutoRace {
  readonly #times: AutoTimes;
  readonly #running = new Set<AutoProtocol>();
  readonly #errors = new Map<AutoProtocol, ProxyError>();
  #wakeAt: number | undefined;
  #isOver = false;

  constructor(times: AutoTimes) {
    this.#times = times;
  }

  /** When `tick` is due. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  /** Somebody won, or both failed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param leading who begins; the other one follows when its head start is over, or at once where it fails. */
  begin(leading: AutoProtocol, now: number): readonly AutoStep[] {
    this.#running.add(leading);
    if (leading === "quic") this.#wakeAt = now + this.#times.headStartMs;
    return [{ kind: "try", protocol: leading }];
  }

  opened(protocol: AutoProtocol): readonly AutoStep[] {
    this.#wakeAt = undefined;
    this.#isOver = true;
    this.#running.delete(protocol);
    const use: AutoStep = { kind: "use", protocol };
    return protocol === "quic" && this.#running.delete("http2")
      ? [{ kind: "abandon", protocol: "http2" }, use]
      : [use];
  }

  failed(protocol: AutoProtocol, error: ProxyError, now: number): readonly AutoStep[] {
    this.#running.delete(protocol);
    this.#errors.set(protocol, error);
    const other: AutoProtocol = protocol === "quic" ? "http2" : "quic";
    if (this.#errors.has(other)) return this.#fail();
    if (!this.#running.has(other)) return this.#try(other);
    if (protocol === "http2") this.#wakeAt = now + this.#times.graceMs;
    return [];
  }

  tick(now: number): readonly AutoStep[] {
    if (this.#wakeAt === undefined || now < this.#wakeAt) return [];
    this.#wakeAt = undefined;
    if (!this.#errors.has("http2")) return this.#try("http2");
    this.#running.delete("quic");
    return [{ kind: "abandon", protocol: "quic" }, ...this.#fail()];
  }

  #try(protocol: AutoProtocol): readonly AutoStep[] {
    this.#wakeAt = undefined;
    this.#running.add(protocol);
    return [{ kind: "try", protocol }];
  }

  #fail(): readonly AutoStep[] {
    this.#wakeAt = undefined;
    this.#isOver = true;
    const errors = ["http2", "quic"].flatMap((protocol) => this.#errors.get(protocol as AutoProtocol) ?? []);
    return [{ kind: "fail", error: errors.find(({ code }) => telling.has(code)) ?? errors[0]! }];
  }
}

/** QUIC that was steady for so long is trusted again. */
const steadyMs = 60_000;
/** The longest wait between two attempts in the background. */
const capMs = 60_000;

/**
 * When QUIC is tried again while HTTP/2 is in use, and whether it may lead the next race: not where its handshakes
 * succeed and then nothing comes through, which would go round for ever.
 */
export class QuicTrust {
  readonly #backOff = new BackOff({ capMs, maxRetries: 0 });
  /** Of the connection made last, until something fails after it. */
  #openedAt: number | undefined;
  #barredUntil = Number.NEGATIVE_INFINITY;

  opened(now: number): void {
    this.#openedAt = now;
  }

  /** A connection of it fell silent. */
  silent(now: number, random: () => number): void {
    this.#barredUntil = now + this.failed(now, random);
  }

  /** An attempt failed. @returns milliseconds until the next in the background. */
  failed(now: number, random: () => number): number {
    if (this.#openedAt !== undefined && now - this.#openedAt >= steadyMs) this.#backOff.reset();
    this.#openedAt = undefined;
    return this.#backOff.failed(random)!;
  }

  mayLead(now: number): boolean {
    return now >= this.#barredUntil;
  }

  /** Milliseconds until it may be tried in the background. */
  barredMs(now: number): number {
    return Math.max(0, this.#barredUntil - now);
  }
}
