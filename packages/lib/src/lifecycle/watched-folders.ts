import { type FSWatcher, watch } from "node:fs";
import { lstat, readlink, stat } from "node:fs/promises";
import { isAbsolute, join, parse, resolve, sep } from "node:path";

/** As many symbolic links as Linux follows. */
const mostLinks = 40;

/**
 * The folders in which a change can make a path mean another file: the one it is in, and those of every symbolic link on
 * the way (`live/me/cert.pem` of certbot, `..data` of Kubernetes). What does not exist is left out.
 */
export const foldersOf = async (file: string): Promise<ReadonlySet<string>> => {
  const folders = new Set<string>();
  let links = 0;
  let { root: current } = parse(resolve(file));
  const rest = resolve(file).slice(current.length).split(sep);
  while (rest.length > 0) {
    const next = join(current, rest.shift()!);
    const found = await lstat(next).catch(() => undefined);
    if (rest.length === 0) folders.add(current);
    if (found === undefined) break;
    if (!found.isSymbolicLink()) {
      current = next;
      continue;
    }
    folders.add(current);
    if (++links > mostLinks) break;
    const target = await readlink(next).catch(() => "");
    if (target === "") break;
    rest.unshift(...target.split(sep).filter((part) => part !== ""));
    if (isAbsolute(target)) current = parse(target).root;
  }
  return folders;
};

interface Watched {
  readonly watcher: FSWatcher;
  /** A folder of the same name may be another one. */
  readonly inode: bigint;
}

/** Tells of changes in the folders of files. Where the system cannot tell, it is quiet: somebody has to look, now and then. */
export class WatchedFolders implements Disposable {
  readonly #stirred: () => void;
  readonly #watched = new Map<string, Watched>();
  #disposed = false;

  /** @param stirred may be called often, and for changes of other files. */
  constructor(stirred: () => void) {
    this.#stirred = stirred;
  }

  /** Takes up the folders in which those files are now, and lets go of others. */
  async follow(files: readonly string[]): Promise<void> {
    const found = await Promise.all(files.map(foldersOf));
    const wanted = new Map<string, bigint>();
    for (const folder of new Set(found.flatMap((folders) => [...folders]))) {
      const facts = await stat(folder, { bigint: true }).catch(() => undefined);
      if (facts?.isDirectory()) wanted.set(folder, facts.ino);
    }
    for (const [folder, { inode }] of this.#watched) if (wanted.get(folder) !== inode) this.#drop(folder);
    if (this.#disposed) return;
    for (const [folder, inode] of wanted) if (!this.#watched.has(folder)) this.#take(folder, inode);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const folder of [...this.#watched.keys()]) this.#drop(folder);
  }

  #take(folder: string, inode: bigint): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stirred());
      watcher.on("error", () => this.#drop(folder));
      this.#watched.set(folder, { watcher, inode });
    } catch {
      // No permission, or no watches left: whoever looks now and then sees it too.
    }
  }

  #drop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}
