import { readFileSync } from "node:fs";

/** Where the versions are written down. */
export interface Sources {
  readonly pnpmLock: string;
  readonly cargoLock: string;
  /** As `process.versions`. */
  readonly node: Readonly<Record<string, string | undefined>>;
}

/** Every version of everything that is in use, by name: there may be several of one package. */
export const versionsInUse = ({
  pnpmLock,
  cargoLock,
  node,
}: Sources): ReadonlyMap<string, ReadonlySet<string>> => {
  const versions = new Map<string, Set<string>>();
  const add = (name: string, version: string): void => {
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  };
  for (const [, name, version] of readFileSync(pnpmLock, "utf8").matchAll(
    /^ {2}'?(@?[^@'\s]+)@(\d[^:'(\s]*)'?:/gm,
  )) {
    if (name !== undefined && version !== undefined) add(name, version);
  }
  for (const [, name, version] of readFileSync(cargoLock, "utf8").matchAll(
    /^name = "(.+)"\nversion = "(.+)"/gm,
  )) {
    if (name !== undefined && version !== undefined) add(name, version);
  }
  for (const [name, version] of Object.entries(node)) if (version) add(name, version);
  return versions;
};
