/** What a road does to packets. Shares are between 0 and 1. */
export interface Road {
  /** Of every packet, milliseconds. */
  readonly delayMs: number;
  /** Between nothing and so much more, by chance; the order stays. */
  readonly jitterMs: number;
  readonly loss: number;
  /** Arrive twice. */
  readonly duplicates: number;
  /** Do not wait for those before them. */
  readonly overtaking: number;
  /** The longest packet that fits, headers included. */
  readonly mtu: number;
  /** Whether the sender of one that does not fit is told (ICMP); else it goes into a black hole. */
  readonly tells: boolean;
  /** Whether UDP passes. */
  readonly udp: boolean;
  /** How often the NAT has forgotten: packets of the near side come from another address and port each time. 0: no NAT. */
  readonly nat: number;
}

export const goodRoad: Road = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicates: 0,
  overtaking: 0,
  mtu: 1500,
  tells: true,
  udp: true,
  nat: 0,
};

/** Numbers between 0 and 1, the same for the same seed. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
};

/** One direction of a road: decides when a packet arrives. Has no clock. */
export class Lane {
  readonly #random: () => number;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @returns when it arrives: never, once or twice. */
  enter(road: Road, now: number): readonly number[] {
    if (this.#random() < road.loss) return [];
    const copies = this.#random() < road.duplicates ? 2 : 1;
    return Array.from({ length: copies }, () => this.#arrival(road, now));
  }

  #arrival(road: Road, now: number): number {
    const at = now + road.delayMs + this.#random() * road.jitterMs;
    if (this.#random() < road.overtaking) return at;
    this.#lastAt = Math.max(at, this.#lastAt);
    return this.#lastAt;
  }
}
