// `npm run deb`: dist/octoproxy_<version>_<architecture>.deb around dist/octoproxy, with dpkg-deb. Needs the binary.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { gzipSync } from "node:zlib";
import { commandEntries } from "../packages/octoproxy/dist/commands.js";
import { completionFor, shells } from "../packages/octoproxy/dist/completion/shells.js";
import { commandModels } from "../packages/octoproxy/dist/reference/command-model.js";
import { manPages } from "../packages/octoproxy/dist/reference/man-page.js";

const { version } = await import("../packages/lib/dist/version.js");
const architecture = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch;
const root = "dist/deb";
const share = `${root}/usr/share`;
const output = `dist/octoproxy_${version}_${architecture}.deb`;
/** Files do not tell when they were packed: the same sources make the same package. */
const epoch = execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }).trim();
const date = new Date(Number(epoch) * 1000).toISOString().slice(0, 10);

rmSync(root, { recursive: true, force: true });
const write = (path: string, content: string | Uint8Array, mode = 0o644): void => {
  mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
};

mkdirSync(`${root}/usr/bin`, { recursive: true });
copyFileSync("dist/octoproxy", `${root}/usr/bin/octoproxy`);
chmodSync(`${root}/usr/bin/octoproxy`, 0o755);
const models = await commandModels(commandEntries);
for (const { file, text } of manPages(models, version, date)) {
  write(`${share}/man/man1/${file}.gz`, gzipSync(text, { level: 9 }));
}
const completions = {
  bash: "bash-completion/completions/octoproxy",
  zsh: "zsh/vendor-completions/_octoproxy",
  fish: "fish/vendor_completions.d/octoproxy.fish",
};
for (const shell of shells) write(`${share}/${completions[shell]}`, completionFor[shell](models));
cpSync("packaging/systemd", `${root}/usr/lib/systemd/system`, { recursive: true });
cpSync("packaging/debian/README", `${root}/etc/octoproxy/README`, { recursive: true });
cpSync("LICENSE", `${share}/doc/octoproxy/copyright`, { recursive: true });
cpSync("dist/THIRD-PARTY-NOTICES", `${share}/doc/octoproxy/THIRD-PARTY-NOTICES`);
write(`${share}/doc/octoproxy/CHANGELOG.md.gz`, gzipSync(readFileSync("CHANGELOG.md"), { level: 9 }));
const made = new Date(Number(epoch) * 1000).toUTCString().replace("GMT", "+0000");
const debianChangelog = `octoproxy (${version}) unstable; urgency=medium

  * What changed stands in CHANGELOG.md.gz.

 -- octoproxy contributors <octoproxy@localhost>  ${made}
`;
write(`${share}/doc/octoproxy/changelog.gz`, gzipSync(debianChangelog, { level: 9 }));
// Node is inside as its project builds it.
const overrides = ["embedded-library *", "hardening-no-pie *"].map((tag) => `octoproxy: ${tag}\n`);
write(`${share}/lintian/overrides/octoproxy`, overrides.join(""));

const control = `Package: octoproxy
Version: ${version}
Architecture: ${architecture}
Maintainer: octoproxy contributors <octoproxy@localhost>
Installed-Size: ${Math.ceil(statSync("dist/octoproxy").size / 1024) + 600}
Depends: libc6 (>= 2.28), libstdc++6, libatomic1, adduser
Suggests: systemd
Section: net
Priority: optional
Description: load-balancing forward proxy with mutual TLS
 Applications point at a local client, which picks one of several servers and
 carries each connection as a stream of a multiplexed, mutually authenticated
 connection over HTTP/2 or QUIC. The server dials the target.
`;
write(`${root}/DEBIAN/control`, control);
write(`${root}/DEBIAN/conffiles`, "/etc/octoproxy/README\n");
for (const script of ["postinst", "prerm", "postrm"]) {
  mkdirSync(`${root}/DEBIAN`, { recursive: true });
  copyFileSync(`packaging/debian/${script}`, `${root}/DEBIAN/${script}`);
  chmodSync(`${root}/DEBIAN/${script}`, 0o755);
}
execFileSync("chmod", ["-R", "u+rwX,go+rX,go-w", root]);
// -z1: the executable hardly shrinks further, and the time is spent at every test.
const level = process.argv.includes("--fast") ? ["-Zgzip", "-z1"] : ["-Zxz"];
execFileSync("dpkg-deb", [...level, "--root-owner-group", "--build", root, output], {
  env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
  stdio: ["ignore", "ignore", "inherit"],
});
process.stdout.write(`${output}  ${(statSync(output).size / 1e6).toFixed(1)} MB\n`);
