import { stat } from "node:fs/promises";
import { WatchedFolders } from "./watched-folders.ts";

/** Milliseconds. */
export interface WatchTimes {
  /** Files that changed count as written when they did not change for so long: certificate and key come one after the other. */
  readonly settleMs: number;
  /** After so long they are read even where they go on changing. */
  readonly mostSettleMs: number;
  /** How often files are looked at where the system does not tell of changes (network file systems). */
  readonly pollMs: number;
}

const defaultTimes: WatchTimes = { settleMs: 250, mostSettleMs: 2500, pollMs: 10_000 };

/** Which files those paths mean, and in which version. Files that are not there count as a version, too. */
export const versionsOf = async (files: readonly string[]): Promise<string> => {
  const versions = await Promise.all(files.map(versionOf));
  return versions.join("\n");
};

const versionOf = async (file: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${file} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return `${file} ${(error as NodeJS.ErrnoException).code}`;
  }
};

/**
 * Tells when one of some files has become another version: written over, replaced by a rename, or behind a symbolic link
 * that was turned. Told of by the system, and found by looking now and then. It does not keep the process alive.
 */
export class WatchedFiles implements Disposable {
  readonly #changed: () => Promise<boolean>;
  readonly #times: WatchTimes;
  readonly #folders: WatchedFolders;
  readonly #polling: NodeJS.Timeout;
  #files: readonly string[] = [];
  /** Versions that were told, or that the caller knows. */
  #known = "";
  /** Versions that were seen last, while they settle. */
  #settling: { readonly versions: string; readonly since: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #disposed = false;

  /** @param changed reads the files; gives false to be called again at the next look, changed or not. Never rejects. */
  constructor(changed: () => Promise<boolean>, times: WatchTimes = defaultTimes) {
    this.#changed = changed;
    this.#times = times;
    this.#folders = new WatchedFolders(() => this.#lookIn(times.settleMs));
    this.#polling = setInterval(() => void this.#look(), times.pollMs).unref();
  }

  /** @param known `versionsOf` those files, from before they were read. */
  async follow(files: readonly string[], known: string): Promise<void> {
    this.#files = files;
    this.#known = known;
    this.#settling = undefined;
    this.#again = false;
    await this.#folders.follow(files);
    // What changed meanwhile was told to nobody.
    if (!this.#disposed) this.#lookIn(0);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearInterval(this.#polling);
    clearTimeout(this.#timer);
    this.#folders[Symbol.dispose]();
  }

  #lookIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, ms).unref();
  }

  /** One look at a time. */
  async #look(): Promise<void> {
    if (this.#looking !== undefined) return this.#lookIn(this.#times.settleMs);
    this.#looking = this.#lookOnce();
    await this.#looking;
    this.#looking = undefined;
  }

  async #lookOnce(): Promise<void> {
    const files = this.#files;
    const versions = await versionsOf(files);
    await this.#folders.follow(files);
    if (this.#disposed || files !== this.#files) return;
    if (versions === this.#known && !this.#again) {
      this.#settling = undefined;
      return;
    }
    if (versions !== this.#known && !this.#hasSettled(versions, performance.now())) {
      return this.#lookIn(this.#times.settleMs);
    }
    this.#settling = undefined;
    this.#known = versions;
    const done = await this.#changed();
    if (files === this.#files) this.#again = !done;
  }

  #hasSettled(versions: string, now: number): boolean {
    const { since = now, versions: before } = this.#settling ?? {};
    this.#settling = { versions, since };
    return versions === before || now - since >= this.#times.mostSettleMs;
  }
}
