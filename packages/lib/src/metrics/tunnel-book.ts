import type { ProxyError } from "../error/proxy-error.ts";

/** Counters that a tunnel moves by itself; they are read when somebody asks. */
export interface ByteCounts {
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** What is known of a tunnel from its opening on. */
export interface TunnelFacts {
  /** Whom it is counted under: the backend in a client, the certificate's subject in a server. */
  readonly party: string;
  /** The certificate's subject, in a server: a party may be many of them. */
  readonly client?: string | undefined;
  /** `host:port`. */
  readonly target: string;
  readonly door?: string | undefined;
  readonly rule?: string | undefined;
  readonly protocol?: string | undefined;
  /** `ip:port` of who asked for it. */
  readonly source?: string | undefined;
  /** `ip:port` that was dialed. */
  readonly address?: string | undefined;
  readonly openMs: number;
}

/** How a tunnel, or a request for one, ended: both sides said FIN; it was cut; it never stood; nobody waited any more. */
export type TunnelOutcome = "closed" | "broken" | "refused" | "cancelled";
export const tunnelOutcomes: readonly TunnelOutcome[] = ["closed", "broken", "refused", "cancelled"];

/** The sums of one party. */
export interface PartyTotals {
  readonly party: string;
  readonly active: number;
  readonly ended: Readonly<Record<TunnelOutcome, number>>;
  /** From the other end of the transport. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
}

interface Party {
  active: number;
  readonly ended: Record<TunnelOutcome, number>;
  /** Of tunnels that are over. */
  up: number;
  down: number;
  readonly samples: Samples;
}

/** Bytes at the last two ticks. */
interface Samples {
  up0: number;
  down0: number;
  up1: number;
  down1: number;
}

/** What can be cut, as a splice can. */
export interface CutTunnel {
  destroy(error: ProxyError): void;
}

interface Leaving {
  leave(tunnel: BookedTunnel, outcome: "closed" | "broken"): void;
}

/** A tunnel that is counted. `end` is the only way out of the count; calling it twice is a no-op. */
export class BookedTunnel {
  readonly id: string;
  readonly facts: TunnelFacts;
  readonly counts: ByteCounts;
  /** Wall clock, milliseconds. */
  readonly openedAt: number;
  readonly samples: Samples = { up0: 0, down0: 0, up1: 0, down1: 0 };
  readonly #way: CutTunnel;
  readonly #book: Leaving;

  constructor(id: string, facts: TunnelFacts, tunnel: ByteCounts & CutTunnel, book: Leaving) {
    this.id = id;
    this.facts = facts;
    this.counts = tunnel;
    this.openedAt = Date.now();
    this.#way = tunnel;
    this.#book = book;
  }

  /** Cuts the tunnel itself; its end follows. */
  cut(error: ProxyError): void {
    this.#way.destroy(error);
  }

  end(outcome: "closed" | "broken"): void {
    this.#book.leave(this, outcome);
  }
}

/**
 * The tunnels that stand and the sums of those that stood. Nothing is done for a chunk: bytes are read from the
 * tunnels' own counters when a tunnel ends, at a tick, and when somebody asks.
 */
export class TunnelBook {
  readonly #live = new Map<string, BookedTunnel>();
  readonly #parties = new Map<string, Party>();
  /** Which way is in: up in a server, down in a client. */
  readonly #inIs: "up" | "down";
  #next = 1;
  #tick0 = performance.now();
  #tick1 = this.#tick0;

  constructor(inIs: "up" | "down") {
    this.#inIs = inIs;
  }

  get active(): number {
    return this.#live.size;
  }

  /** Tunnels since the start. */
  get total(): number {
    return this.#next - 1;
  }

  /** Counts a tunnel until its `end`. */
  begin(facts: TunnelFacts, tunnel: ByteCounts & CutTunnel): BookedTunnel {
    const booked = new BookedTunnel(String(this.#next++), facts, tunnel, this);
    this.#live.set(booked.id, booked);
    this.#party(facts.party).active++;
    return booked;
  }

  /** A request for a tunnel that never stood. */
  refused(party: string, outcome: "refused" | "cancelled"): void {
    this.#party(party).ended[outcome]++;
  }

  get(id: string): BookedTunnel | undefined {
    return this.#live.get(id);
  }

  /** In the order of opening. */
  get live(): Iterable<BookedTunnel> {
    return this.#live.values();
  }

  /** To be called about once a second: rates are those since the tick before the last one. */
  tick(now: number): void {
    for (const { counts, samples } of this.#live.values()) shift(samples, counts.bytesUp, counts.bytesDown);
    for (const { samples, up, down } of this.#sums()) shift(samples, up, down);
    this.#tick0 = this.#tick1;
    this.#tick1 = now;
  }

  /** Bytes of one tunnel, as seen from the other end of the transport. */
  traffic({ counts, samples }: BookedTunnel, now: number) {
    return this.#seen(counts.bytesUp, counts.bytesDown, samples, now);
  }

  /** Every party that ever had a tunnel. */
  totals(now: number): Map<string, PartyTotals> {
    const totals = new Map<string, PartyTotals>();
    for (const { name, party, up, down } of this.#sums()) {
      const { active, ended, samples } = party;
      totals.set(name, { party: name, active, ended: { ...ended }, ...this.#seen(up, down, samples, now) });
    }
    return totals;
  }

  /** From a tunnel's `end`. */
  leave(tunnel: BookedTunnel, outcome: "closed" | "broken"): void {
    if (!this.#live.delete(tunnel.id)) return;
    const party = this.#party(tunnel.facts.party);
    party.active--;
    party.ended[outcome]++;
    party.up += tunnel.counts.bytesUp;
    party.down += tunnel.counts.bytesDown;
  }

  /** Ended and live together. */
  #sums() {
    const sums = new Map<
      string,
      { name: string; party: Party; samples: Samples; up: number; down: number }
    >();
    for (const [name, party] of this.#parties) {
      sums.set(name, { name, party, samples: party.samples, up: party.up, down: party.down });
    }
    for (const { facts, counts } of this.#live.values()) {
      const sum = sums.get(facts.party)!;
      sum.up += counts.bytesUp;
      sum.down += counts.bytesDown;
    }
    return sums.values();
  }

  #seen(up: number, down: number, { up0, down0 }: Samples, now: number) {
    const seconds = Math.max(0.001, (now - this.#tick0) / 1000);
    const upRate = Math.max(0, up - up0) / seconds;
    const downRate = Math.max(0, down - down0) / seconds;
    if (this.#inIs === "up") {
      return { bytesIn: up, bytesOut: down, bytesInPerSecond: upRate, bytesOutPerSecond: downRate };
    }
    return { bytesIn: down, bytesOut: up, bytesInPerSecond: downRate, bytesOutPerSecond: upRate };
  }

  #party(name: string): Party {
    let party = this.#parties.get(name);
    if (party === undefined) {
      const ended = { closed: 0, broken: 0, refused: 0, cancelled: 0 };
      party = { active: 0, ended, up: 0, down: 0, samples: { up0: 0, down0: 0, up1: 0, down1: 0 } };
      this.#parties.set(name, party);
    }
    return party;
  }
}

const shift = (samples: Samples, up: number, down: number): void => {
  samples.up0 = samples.up1;
  samples.down0 = samples.down1;
  samples.up1 = up;
  samples.down1 = down;
};
