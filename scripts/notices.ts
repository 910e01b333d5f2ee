import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Names, versions and licences of every package whose code is in a bundle, then of the crates in the addon.
 * @param more other parts, as they are.
 */
export const thirdPartyNotices = ({ inputs }: Metafile, more: readonly string[] = []): string => {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  const packages = [...folders]
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest,
    }))
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  const parts = packages.map(({ folder, manifest }) => {
    if (manifest.license === undefined) throw new Error(`${manifest.name} names no licence`);
    return `${manifest.name} ${manifest.version}: ${manifest.license}\n\n${licenceText(folder)}`;
  });
  const crates = "packages/quic/prebuilds/THIRD-PARTY-LICENSES.txt";
  const addon = existsSync(crates) ? [readFileSync(crates, "utf8").trim()] : [];
  const head = `octoproxy is under the MIT licence (LICENSE). It contains code of these ${packages.length} packages:`;
  return `${[head, ...parts, ...addon, ...more].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
};

/**
 * For an executable that Node is inside of: its own licence, which has those of what it bundles (V8, OpenSSL, libuv, …). The
 * package that brings Node leaves the file out where its binary comes from a cache, so it stands in `packaging/node`.
 */
export const nodeNotice = (): string => {
  const { node } = process.versions;
  const file = `packaging/node/LICENSE-${node}`;
  if (!existsSync(file))
    throw new Error(`${file} is missing: the LICENSE of nodejs.org's archive of ${node}`);
  return `Node.js ${node}, and what it contains:\n\n${readFileSync(file, "utf8").trim()}`;
};

const licenceText = (folder: string): string => {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined
    ? "(its package has no licence file)"
    : readFileSync(join(folder, file), "utf8").trim();
};
