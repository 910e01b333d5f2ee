import { openFileCount, openFileLimit } from "./open-files.ts";

/** What a process has open and may have; undefined where that cannot be told. */
export interface OpenFiles {
  readonly count: number | undefined;
  readonly limit: number | undefined;
}

/** Name servers, reloaded files, answers to those that are turned away: for all that a limit of thousands has this. */
const mostReserved = 64;
/** A look is good for so long: others than those that ask here use descriptors, too. */
const lookMs = 250;
/** Soon enough to be back within a second, seldom enough for a crowd of the refused to cost nothing. */
const refusalMs = 100;
/** Of what is free above the reserve, so much is given away without another look. One place is two descriptors at most. */
const shareGiven = 1 / 4;

/**
 * Keeps descriptors back for what a daemon needs beside its tunnels. Asked for each of them, it looks at the process
 * only now and then. Where the system tells nothing, nothing is refused.
 */
export class DescriptorReserve {
  readonly #look: () => OpenFiles;
  readonly #now: () => number;
  #places = 0;
  #goodUntil = Number.NEGATIVE_INFINITY;
  #refused = false;
  #limit: number | undefined;

  constructor(look: () => OpenFiles = lookAtProcess, now: () => number = () => performance.now()) {
    this.#look = look;
    this.#now = now;
  }

  /** The last look found no more than the reserve. */
  get reached(): boolean {
    return this.#refused;
  }

  /** Takes a place for one tunnel. @returns false where that would use up the reserve. */
  take(): boolean {
    if (this.#now() >= this.#goodUntil || (this.#places <= 0 && !this.#refused)) this.#lookAgain();
    if (this.#refused) return false;
    this.#places--;
    return true;
  }

  #lookAgain(): void {
    const { count, limit } = this.#look();
    // Without a free descriptor not even the limit can be read: then the last one holds.
    this.#limit = limit ?? this.#limit;
    const free =
      count === undefined || this.#limit === undefined ? Number.POSITIVE_INFINITY : this.#limit - count;
    const spare = free - Math.min(mostReserved, Math.ceil((this.#limit ?? 0) / 4));
    this.#refused = spare <= 0;
    this.#places = Math.max(1, Math.floor(spare * shareGiven));
    this.#goodUntil = this.#now() + (this.#refused ? refusalMs : lookMs);
  }
}

const lookAtProcess = (): OpenFiles => ({ count: openFileCount(), limit: openFileLimit() });
