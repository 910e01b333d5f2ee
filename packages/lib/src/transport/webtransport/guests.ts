import type { ServerSession } from "./server-session.ts";

/** A session and where it comes from. */
export interface Guest {
  readonly session: ServerSession;
  /** `ip:port`, as the package writes it. */
  readonly peer: string;
}

export interface GuestLimits {
  /** Sessions without a verified certificate; the oldest is ended beyond. */
  readonly maxPending: number;
  /** Milliseconds until a certificate must be verified. */
  readonly handshakeTimeoutMs: number;
}

const lookEveryMs = 250;

/** The sessions of a listener: those that are nobody yet are few and short, none makes us keep much. */
export class Guests {
  readonly #limits: GuestLimits;
  readonly #all = new Set<Guest>();
  /** In the order of their arrival. */
  readonly #pending = new Map<Guest, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: GuestLimits) {
    this.#limits = limits;
  }

  add(guest: Guest): void {
    this.#all.add(guest);
    this.#pending.set(guest, performance.now());
    void guest.session.closed.then(() => {
      this.#all.delete(guest);
      this.#pending.delete(guest);
    });
    if (this.#pending.size > this.#limits.maxPending) this.#oldest()?.session.destroy();
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
  }

  /** Its certificate is good. */
  known(guest: Guest): void {
    this.#pending.delete(guest);
  }

  /** Ends those whose certificate is not verified. */
  dropPending(): void {
    for (const guest of [...this.#pending.keys()]) guest.session.destroy();
  }

  /** Resolves when those that are here now are gone. */
  async gone(): Promise<void> {
    await Promise.all([...this.#all].map(({ session }) => session.closed));
  }

  destroy(): void {
    for (const guest of [...this.#all]) guest.session.destroy();
  }

  #oldest(): Guest | undefined {
    const [first] = this.#pending.keys();
    if (first !== undefined) this.#pending.delete(first);
    return first;
  }

  #look(): void {
    const now = performance.now();
    for (const [guest, since] of [...this.#pending]) {
      if (now - since > this.#limits.handshakeTimeoutMs) guest.session.destroy();
    }
    for (const { session } of [...this.#all]) session.lookForAbuse();
    if (this.#all.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
