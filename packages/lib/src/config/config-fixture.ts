import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createAuthority, issueCertificate, openAuthority } from "../tls/issue.ts";
import { ConfigError } from "./config-fault.ts";

// For tests: a folder of configuration files, with good certificates where they are asked for.

export class ConfigFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "octoproxy-config-"));

  write(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  /** `certs/ca.crt` and, signed by it, `certs/me.crt`, `certs/me.key`, `certs/other.key` and `certs/old.crt` with `old.key`. */
  writeCertificates(usage: "client" | "server"): void {
    const now = Date.now();
    const wish = { commonName: "test", days: 30, keyKind: "ec", now } as const;
    const ca = createAuthority(wish);
    this.write("certs/ca.crt", ca.certificate);
    const authority = openAuthority(ca, now);
    const leaf = { ...wish, usage, names: [{ type: "DNS", value: "localhost" }] } as const;
    const me = issueCertificate(authority, leaf);
    this.write("certs/me.crt", me.certificate);
    this.write("certs/me.key", me.key);
    this.write("certs/other.key", issueCertificate(authority, leaf).key);
    const past = { ...leaf, now: now - 60 * 86_400_000 };
    const oldCa = createAuthority({ ...past, days: 400 });
    const old = issueCertificate(openAuthority(oldCa, now), past);
    this.write("certs/old.crt", old.certificate);
    this.write("certs/old.key", old.key);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a load says is wrong: `line:column key: message` of each fault, or an empty list. */
export const faultsOf = async (load: Promise<unknown>): Promise<string[]> => {
  try {
    await load;
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(
      ({ line, column, keyPath, message }) => `${line}:${column} ${keyPath}: ${message}`,
    );
  }
};
