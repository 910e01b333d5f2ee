// `npm run package`: dist/octoproxy-<version>.tgz, which `npm install -g` installs where there is Node 26.
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { bundleFolder } from "./bundle.ts";
import { thirdPartyNotices } from "./notices.ts";

const output = "dist/npm";
/** Modules of `@octoproxy/quic` that others may use, as `octoproxy/quic/<name>`. */
const quicModules = ["connection", "duplex", "endpoint", "handles", "options", "pem", "quic-error"];

rmSync(output, { recursive: true, force: true });
mkdirSync(`${output}/bin`, { recursive: true });
const entries = {
  main: "packages/octoproxy/dist/main.js",
  "heap-flags": "packages/octoproxy/dist/heap-flags.js",
  ...Object.fromEntries(quicModules.map((name) => [`quic/${name}`, `packages/quic/dist/${name}.js`])),
};
const metafile = await bundleFolder(entries, `${output}/dist`);
for (const path of globSync("packages/quic/dist/*.d.ts")) {
  if (!path.endsWith(".test.d.ts")) cpSync(path, `${output}/dist/quic/${path.split("/").at(-1)}`);
}
cpSync("packages/octoproxy/bin/octoproxy.js", `${output}/bin/octoproxy.js`);
cpSync("packages/quic/prebuilds", `${output}/prebuilds`, { recursive: true });
for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) cpSync(file, `${output}/${file}`);
writeFileSync(`${output}/THIRD-PARTY-NOTICES`, thirdPartyNotices(metafile));

const { version, description, license, engines } = JSON.parse(readFileSync("package.json", "utf8"));
/** What is not inside: it is looked for beside the package where WebTransport is used. */
const { peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync("packages/lib/package.json", "utf8"),
);
const manifest = {
  name: "octoproxy",
  version,
  description,
  license,
  type: "module",
  engines,
  bin: { octoproxy: "bin/octoproxy.js" },
  peerDependencies,
  peerDependenciesMeta,
  exports: { "./quic/*": { types: "./dist/quic/*.d.ts", default: "./dist/quic/*.js" } },
  files: ["bin", "dist", "prebuilds", "THIRD-PARTY-NOTICES", "CHANGELOG.md"],
};
writeFileSync(`${output}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
// npm's own packer: the folder is whole, and has nothing to resolve.
const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", ".."], { cwd: output });
const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(packed.toString());
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
process.stdout.write(`dist/${filename}  ${mb(size)}, installed ${mb(unpackedSize)} in ${entryCount} files\n`);
