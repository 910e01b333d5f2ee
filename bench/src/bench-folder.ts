import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeAtEnd } from "./children.ts";

/** Files that every chain may use: certificates of one authority, and room for its own configuration. */
export interface BenchFolder {
  readonly path: string;
  /** Path of `certs/<name>` within it. */
  certificate(name: CertificateFile): string;
  /** Writes a file of the folder; its path. */
  write(name: string, text: string): string;
}

/** The `.pem` files hold certificate and key, as haproxy wants them. */
export type CertificateFile =
  | "ca.crt"
  | `${"server" | "client"}/${"server" | "client"}.${"crt" | "key" | "pem"}`;

/** The command line of this tree. */
export const octoproxyCommand = fileURLToPath(
  new URL("../../packages/octoproxy/bin/octoproxy.js", import.meta.url),
);

/** Made anew for each run of the benchmark, and removed with its end. */
export const makeBenchFolder = (): BenchFolder => {
  const path = mkdtempSync(join(tmpdir(), "octoproxy-bench-"));
  removeAtEnd(path);
  chmodSync(path, 0o755); // nginx and squid work as another user where they are started as root
  const easycert = (...args: string[]): void => {
    execFileSync(process.execPath, [octoproxyCommand, "easycert", ...args, "-o", "certs"], {
      cwd: path,
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  easycert("ca", "ca", "--common-name", "bench ca");
  const authority = ["--cacert", "certs/ca.crt", "--cakey", "certs/ca.key"];
  const certificate = (name: CertificateFile): string => join(path, "certs", name);
  for (const role of ["server", "client"] as const) {
    const names = ["--common-name", role, "--san", "DNS:localhost", "--san", "IP:127.0.0.1"];
    easycert("gen", role, ...names, ...authority, "--usage", role);
    const both = ["crt", "key"].map((end) =>
      readFileSync(certificate(`${role}/${role}.${end as "crt"}`), "utf8"),
    );
    writeFileSync(certificate(`${role}/${role}.pem`), both.join(""), { mode: 0o600 });
  }
  return {
    path,
    certificate,
    write: (name, text) => {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
};
