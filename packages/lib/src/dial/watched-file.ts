import { readFileSync, statSync } from "node:fs";

/** How often a file is looked at, at most: a stat takes a few microseconds, and nobody edits it more often. */
const lookEveryMs = 2_000;

/** A small system file (`/etc/hosts`, `/etc/resolv.conf`) whose changes count from the next question on. */
export class WatchedFile {
  readonly #path: string;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #stamp = "";

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @param nowMs any monotonic clock.
   * @returns the file's text when it is new or has changed (empty when it is not there), undefined otherwise.
   */
  changed(nowMs: number): string | undefined {
    if (nowMs - this.#lookedAt < lookEveryMs) return undefined;
    this.#lookedAt = nowMs;
    const stamp = this.#look();
    if (stamp === this.#stamp) return undefined;
    this.#stamp = stamp;
    return this.#read();
  }

  #look(): string {
    try {
      const { mtimeMs, ino, size } = statSync(this.#path);
      return `${mtimeMs} ${ino} ${size}`;
    } catch {
      return "none";
    }
  }

  #read(): string {
    try {
      return readFileSync(this.#path, "utf8");
    } catch {
      return "";
    }
  }
}
