import { Http2Fault } from "./http2-fault.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { errorCode } from "./wire-constants.ts";

/** How long the peer may take to acknowledge our SETTINGS. */
const settingsDeadlineMs = 10_000;

/** A write to the socket that does not end within this time means that the peer does not read. */
const slowReadMs = 20_000;

/** A look at the clock that comes so late means that this process stood still: what was sent to it may lie unread. */
const standstillMs = 2000;

/** Signs of life of one connection: when to ping, when to give up, how far away the peer is. */
export class KeepAlive {
  readonly #settings: Http2Settings;
  #receivedAt = 0;
  #startedAt = 0;
  #pingedAt: number | undefined;
  #lookedAt = 0;
  /** When this process last woke from a standstill: no deadline has been running for longer than since then. */
  #awakeAt = 0;
  #acknowledged = false;
  /** Smoothed round trip in milliseconds; undefined before the first. */
  roundTripMs: number | undefined;
  /** The shortest round trip: without our own queues. */
  shortestTripMs: number | undefined;

  constructor(settings: Http2Settings) {
    this.#settings = settings;
  }

  start(now: number): void {
    this.#startedAt = now;
    this.#receivedAt = now;
    this.#lookedAt = now;
  }

  /** Any byte is a sign of life. */
  received(now: number): void {
    this.#receivedAt = now;
    this.#pingedAt = undefined;
  }

  /** To be called about twice a second, before deadlines are asked about. */
  look(now: number): void {
    if (now - this.#lookedAt > standstillMs) this.#awakeAt = now;
    this.#lookedAt = now;
  }

  /**
   * Whether a write that is under way since `writingSince` shows that the peer does not read. One that is heard meanwhile
   * lives and neglects it; one that is not heard at all may be asleep, and has the patience of keep-alive.
   */
  neglects(now: number, writingSince: number): boolean {
    const since = Math.max(writingSince, this.#awakeAt);
    if (this.#receivedAt - since > slowReadMs) return true;
    const { keepAliveIntervalMs, keepAliveTimeoutMs } = this.#settings;
    return now - since > (keepAliveIntervalMs === 0 ? slowReadMs : Math.max(slowReadMs, keepAliveTimeoutMs));
  }

  settingsAcknowledged(): void {
    this.#acknowledged = true;
  }

  measured(roundTripMs: number): void {
    this.shortestTripMs = Math.min(this.shortestTripMs ?? roundTripMs, roundTripMs);
    this.roundTripMs =
      this.roundTripMs === undefined ? roundTripMs : this.roundTripMs * 0.8 + roundTripMs * 0.2;
  }

  /**
   * Whether a PING should go out now; it counts as sent.
   * @throws Http2Fault when the peer has been silent for too long.
   */
  wantsPing(now: number, openStreams: number): boolean {
    if (!this.#acknowledged && now - Math.max(this.#startedAt, this.#awakeAt) > settingsDeadlineMs) {
      throw new Http2Fault(errorCode.settingsTimeout, "SETTINGS were not acknowledged in time");
    }
    const { keepAliveIntervalMs, keepAliveTimeoutMs, keepAliveWhileIdle } = this.#settings;
    if (keepAliveIntervalMs === 0) return false;
    if (this.#pingedAt !== undefined) {
      if (now - Math.max(this.#pingedAt, this.#awakeAt) < keepAliveTimeoutMs) return false;
      throw new Http2Fault(errorCode.noError, "the other side does not answer (keep-alive)");
    }
    if (now - this.#receivedAt < keepAliveIntervalMs) return false;
    if (openStreams === 0 && !keepAliveWhileIdle) return false;
    this.#pingedAt = now;
    return true;
  }
}
