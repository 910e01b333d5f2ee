import { type FSWatcher, watch } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { basename, isAbsolute, join, parse, resolve, sep } from "node:path";

/** As many symbolic links as Linux follows. */
const mostLinks = 40;

/** An entry of a folder: when it changes, a path may mean another file. */
export interface Place {
  readonly folder: string;
  readonly entry: string;
}

/**
 * Where a change can make a path mean another file: its own entry in its folder, and every symbolic link on the way
 * (`live/me/cert.pem` of certbot, `..data` of Kubernetes). What does not exist is left out.
 */
export const placesOf = async (file: string): Promise<readonly Place[]> => {
  const places: Place[] = [];
  let links = 0;
  let { root: current } = parse(resolve(file));
  const rest = resolve(file).slice(current.length).split(sep);
  while (rest.length > 0) {
    const entry = rest.shift()!;
    const next = join(current, entry);
    const found = await lstat(next).catch(() => undefined);
    if (rest.length === 0 || found?.isSymbolicLink()) places.push({ folder: current, entry });
    if (found === undefined) break;
    if (!found.isSymbolicLink()) {
      current = next;
      continue;
    }
    if (++links > mostLinks) break;
    const target = await readlink(next).catch(() => "");
    if (target === "") break;
    rest.unshift(...target.split(sep).filter((part) => part !== ""));
    if (isAbsolute(target)) current = parse(target).root;
  }
  return places;
};

interface Watched {
  readonly watcher: FSWatcher;
  /** A folder of the same name may be another one. */
  readonly inode: bigint;
  /** Others are not looked at: a log that is written in the same folder must cost nothing. */
  entries: ReadonlySet<string>;
}

/** Tells of changes in the folders of files. Where the system cannot tell, it is quiet: somebody has to look, now and then. */
export class WatchedFolders implements Disposable {
  readonly #stirred: () => void;
  readonly #watched = new Map<string, Watched>();
  #disposed = false;

  /** @param stirred may be called several times for one change. */
  constructor(stirred: () => void) {
    this.#stirred = stirred;
  }

  /** Takes up the folders in which those files are now, and lets go of others. */
  async follow(files: readonly string[]): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const { folder, entry } of (await Promise.all(files.map(placesOf))).flat()) {
      const entries = wanted.get(folder) ?? new Set<string>();
      wanted.set(folder, entries.add(entry));
    }
    const inodes = new Map<string, bigint>();
    for (const folder of wanted.keys()) {
      const facts = await stat(folder, { bigint: true }).catch(() => undefined);
      if (facts?.isDirectory()) inodes.set(folder, facts.ino);
    }
    for (const [folder, { inode }] of this.#watched) if (inodes.get(folder) !== inode) this.#drop(folder);
    if (this.#disposed) return;
    for (const [folder, inode] of inodes) this.#take(folder, inode, wanted.get(folder)!);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const folder of [...this.#watched.keys()]) this.#drop(folder);
  }

  #take(folder: string, inode: bigint, entries: ReadonlySet<string>): void {
    const known = this.#watched.get(folder);
    if (known !== undefined) {
      known.entries = entries;
      return;
    }
    try {
      const watcher = watch(folder, { persistent: false }, (_event, entry) => {
        // The folder itself, when it is moved or removed, comes by its own name.
        if (entry === null || entry === basename(folder) || watched.entries.has(entry)) this.#stirred();
      });
      const watched: Watched = { watcher, inode, entries };
      watcher.on("error", () => this.#drop(folder));
      this.#watched.set(folder, watched);
    } catch {
      // No permission, or no watches left: whoever looks now and then sees it too.
    }
  }

  #drop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}
