import { type HeapItem, IndexedHeap } from "./indexed-heap.ts";

/** Who takes part, in the order in which equals come. */
export interface Participant {
  readonly name: string;
  readonly weight: number;
}

interface Turn extends HeapItem {
  readonly name: string;
  readonly weight: number;
  readonly order: number;
  readonly peers: Peers;
  /** Credit without what its whole class has gained since the last replacement. */
  base: number;
}

/** All of one weight gain alike, so only the first of each class can be next. */
interface Peers {
  readonly weight: number;
  readonly heap: IndexedHeap<Turn>;
}

/** Weights and credits are whole numbers of thousandths: sums stay exact, and equals stay equal. */
const grain = 1000;
/** Rounds after which credits are taken down to their small values again, long before sums pass 2^53. */
const roundsBeforeRebase = 2 ** 20;

/**
 * nginx's smooth weighted round robin: in each round everybody who takes part gains its weight, the one with the
 * most credit is next and pays what all gained together. {a 5, b 1, c 1} gives a a b a c a a. Whoever is excluded
 * from a round neither gains nor pays, so the others take over its share by their weights.
 *
 * nginx adds up all peers in each round. Here each class of equal weights has one sum and a heap: a round costs one
 * comparison per distinct weight and O(log n), with the same result.
 */
export class SmoothTurns {
  readonly #classes: Peers[] = [];
  readonly #turns = new Map<string, Turn>();
  #total = 0;
  #rounds = 0;

  /**
   * Another set of participants. Credits stay with their names, scaled so that they are worth as many rounds as
   * before; newcomers start at 0; those that are gone are forgotten.
   */
  replace(participants: readonly Participant[]): void {
    const total = weigh(participants);
    const credits = participants.map(({ name }) => this.#credit(name, total));
    this.#classes.length = 0;
    this.#turns.clear();
    this.#total = total;
    this.#rounds = 0;
    const byWeight = new Map<number, Peers>();
    for (const [order, participant] of participants.entries()) {
      const { name } = participant;
      const weight = grains(participant);
      let peers = byWeight.get(weight);
      if (peers === undefined) {
        peers = { weight, heap: new IndexedHeap<Turn>(comesBefore) };
        byWeight.set(weight, peers);
        this.#classes.push(peers);
      }
      const turn: Turn = { name, weight, order, peers, base: credits[order]!, heapIndex: -1 };
      this.#turns.set(name, turn);
      peers.heap.push(turn);
    }
  }

  /** What each of these would have in the next round, in units of weight. Nothing changes. */
  credits(participants: readonly Participant[]): Map<string, number> {
    const total = weigh(participants);
    return new Map(
      participants.map((one) => [one.name, (this.#credit(one.name, total) + grains(one)) / grain]),
    );
  }

  /** A credit is worth the same number of rounds in any set; `total` is the weight of the one it is meant for. */
  #credit(name: string, total: number): number {
    const turn = this.#turns.get(name);
    return turn === undefined
      ? 0
      : Math.round((turn.base + turn.weight * this.#rounds) * (total / this.#total));
  }

  /** Plays a round; undefined, and nothing changes, where nobody is left to play. */
  next(exclude: ReadonlySet<string>): string | undefined {
    const absent = this.#setAside(exclude);
    const next = absent.length < this.#turns.size ? this.#play(absent) : undefined;
    for (const turn of absent) turn.peers.heap.push(turn);
    if (this.#rounds > roundsBeforeRebase) this.#rebase();
    return next;
  }

  #rebase(): void {
    for (const turn of this.#turns.values()) turn.base += turn.weight * this.#rounds; // order within a class stays
    this.#rounds = 0;
  }

  #setAside(exclude: ReadonlySet<string>): Turn[] {
    const absent: Turn[] = [];
    for (const name of exclude) {
      const turn = this.#turns.get(name);
      if (turn === undefined) continue;
      turn.peers.heap.remove(turn);
      absent.push(turn);
    }
    return absent;
  }

  #play(absent: readonly Turn[]): string | undefined {
    this.#rounds++;
    let gained = this.#total;
    for (const turn of absent) {
      turn.base -= turn.weight;
      gained -= turn.weight;
    }
    let next: Turn | undefined;
    let most = 0;
    for (const { weight, heap } of this.#classes) {
      const { top } = heap;
      if (top === undefined) continue;
      const credit = top.base + weight * this.#rounds;
      if (next === undefined || credit > most || (credit === most && top.order < next.order)) {
        next = top;
        most = credit;
      }
    }
    if (next === undefined) return undefined;
    next.base -= gained;
    next.peers.heap.update(next);
    return next.name;
  }
}

const comesBefore = (a: Turn, b: Turn): boolean =>
  a.base > b.base || (a.base === b.base && a.order < b.order);

const grains = ({ weight }: Participant): number => Math.max(1, Math.round(weight * grain));

const weigh = (participants: readonly Participant[]): number =>
  participants.reduce((sum, participant) => sum + grains(participant), 0);
