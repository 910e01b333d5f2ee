// Licences of the crates that are linked into the addon, for `prebuilds/`: `node scripts/write-licenses.ts`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nativeFolder, packageFolder } from "../src/testing/native-source.ts";

interface Package {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly repository: string | null;
  readonly manifest_path: string;
  readonly targets: readonly { readonly kind: readonly string[] }[];
}

interface Metadata {
  readonly packages: readonly Package[];
  readonly workspace_members: readonly string[];
  readonly resolve: {
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: string | null }[];
      }[];
    }[];
  };
}

const args = ["metadata", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"];
const metadata = JSON.parse(
  execFileSync("cargo", args, { cwd: nativeFolder, encoding: "utf8", maxBuffer: 2 ** 26 }),
) as Metadata;
const packages = new Map(metadata.packages.map((known) => [known.id, known]));
const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));

/** Everything reached by ordinary dependencies; macros and build scripts leave nothing in the result. */
const linked = new Set<string>();
const visit = (id: string): void => {
  const known = packages.get(id);
  if (linked.has(id) || known === undefined) return;
  if (known.targets.some(({ kind }) => kind.includes("proc-macro"))) return;
  linked.add(id);
  for (const { pkg, dep_kinds } of nodes.get(id)?.deps ?? []) {
    if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
  }
};
for (const member of metadata.workspace_members) visit(member);

const foreign = [...linked]
  .filter((id) => !metadata.workspace_members.includes(id))
  .map((id) => packages.get(id)!)
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Each text once, with the crates that carry it. */
const texts = new Map<string, string[]>();
for (const crate of foreign) {
  const folder = dirname(crate.manifest_path);
  const files = readdirSync(folder).filter((name) =>
    /^(licen[cs]e|copying|copyright|notice|unlicense)/i.test(name),
  );
  for (const name of files) {
    const path = join(folder, name);
    let text: string;
    try {
      text = readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim();
    } catch {
      continue; // a folder of them: the named files beside it are the same texts
    }
    texts.set(text, [...(texts.get(text) ?? []), `${crate.name} ${crate.version} (${name})`]);
  }
}

const list = foreign.map(({ name, version, license, repository }) =>
  `${name} ${version}: ${license} ${repository ?? ""}`.trim(),
);
const bodies = [...texts].map(
  ([text, crates]) => `${"=".repeat(78)}\n${crates.join("\n")}\n${"=".repeat(78)}\n\n${text}\n`,
);
const file = join(packageFolder, "prebuilds", "THIRD-PARTY-LICENSES.txt");
const opening = `The prebuilt addons contain these ${foreign.length} crates, under these licences.\n\n`;
writeFileSync(file, `${opening}${list.join("\n")}\n\n${bodies.join("\n")}`);
process.stdout.write(`${foreign.length} crates, ${texts.size} texts\n`);
