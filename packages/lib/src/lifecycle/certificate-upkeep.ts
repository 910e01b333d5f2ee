import { printable } from "../error/proxy-error.ts";
import type { Logger } from "../log/logger.ts";
import type { CertificateExpiry } from "../tls/certificate-expiry.ts";
import { ExpiryPolicy } from "../tls/expiry-policy.ts";
import type { TlsMaterial } from "../tls/material.ts";
import { materialFacts } from "../tls/material-facts.ts";
import type { ReloadQueue } from "./reload-queue.ts";
import { WatchedFiles } from "./watched-files.ts";

/** Material that is in force from now on. */
export interface TakenMaterial {
  /** Whose; undefined in a server. */
  readonly backend?: string | undefined;
  readonly material: TlsMaterial;
}

/** What came of reading the files of certificates anew. Where a file is not as it should be, the old content stays. */
export interface RefreshOutcome {
  /** Empty where nothing has changed. */
  readonly taken: readonly TakenMaterial[];
  /** Sentences that begin with the file's name. */
  readonly faults: readonly string[];
}

/** What a daemon does about its certificates. */
export interface UpkeepSteps {
  /** Reads the files and takes over what is good. Never throws for a file's sake. */
  refresh(): RefreshOutcome;
  /** Is told after a refresh that took something over, or was refused something. */
  refreshed(outcome: RefreshOutcome): void;
  /** Of what is in force. */
  expiries(): readonly CertificateExpiry[];
}

/** Ends come nearer by days: looking each hour is enough, and an hour of sleep does no harm. */
const lookEveryMs = 3_600_000;

/** Takes over certificates, keys and lists that change on disk, and warns before they end. */
export class CertificateUpkeep implements Disposable {
  readonly #log: Logger;
  readonly #queue: ReloadQueue;
  readonly #steps: UpkeepSteps;
  readonly #now: () => number;
  readonly #policy = new ExpiryPolicy();
  readonly #files: WatchedFiles;
  readonly #looking: NodeJS.Timeout;
  /** What was said last of files that are not as they should be: it is tried again and again, and said once. */
  #complaint = "";

  /** @param now milliseconds since 1970. */
  constructor(log: Logger, queue: ReloadQueue, steps: UpkeepSteps, now: () => number = Date.now) {
    this.#now = now;
    this.#log = log;
    this.#queue = queue;
    this.#steps = steps;
    this.#files = new WatchedFiles(() => this.#queue.after(async () => this.#refresh()));
    this.#looking = setInterval(() => this.warn(), lookEveryMs).unref();
  }

  /**
   * Material was read from these files, at the start or by a reload, and is in force.
   * @param files each once. @param known `versionsOf` those files, from before they were read.
   */
  follow(files: readonly string[], known: string): void {
    this.#complaint = "";
    void this.#files.follow(files, known);
    this.warn();
  }

  /** Says once each time when 30, 7 and 1 days are left, of a revocation list each of the last 7. */
  warn(): void {
    for (const { expiry, daysLeft, hasEnded, message } of this.#policy.due(
      this.#steps.expiries(),
      this.#now(),
    )) {
      const not_after = expiry.notAfter.toISOString();
      const { file, holds, subject } = expiry;
      this.#log[hasEnded ? "error" : "warn"](
        { file: printable(file), holds, subject, not_after, days_left: daysLeft },
        printable(message),
      );
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    this.#files[Symbol.dispose]();
  }

  /** A reload took material over: it is told like that. */
  took(taken: readonly TakenMaterial[]): void {
    for (const { backend, material } of taken) {
      this.#log.info({ backend, ...materialFacts(material) }, "changed certificate files taken over");
    }
  }

  /** @returns whether every file is as it should be. */
  #refresh(): boolean {
    const outcome = this.#refreshed();
    const { taken, faults } = outcome;
    this.took(taken);
    const complaint = faults.join("\n");
    const isNew = complaint !== this.#complaint;
    this.#complaint = complaint;
    if (isNew) {
      for (const reason of new Set(faults)) {
        this.#log.error(
          { reason: printable(reason) },
          "changed certificate files refused, the old ones stay in force",
        );
      }
    }
    if (taken.length > 0 || (isNew && faults.length > 0)) this.#steps.refreshed(outcome);
    if (taken.length > 0) this.warn();
    return faults.length === 0;
  }

  /** A fault of ours must not end a daemon that runs well with what it has. */
  #refreshed(): RefreshOutcome {
    try {
      return this.#steps.refresh();
    } catch (error) {
      this.#log.error({ err: error }, "changed certificate files could not be read");
      return { taken: [], faults: [error instanceof Error ? error.message : String(error)] };
    }
  }
}
