import { createPrivateKey } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { Certificate } from "@octoproxy/lib/tls/certificate";
import { signerOf } from "@octoproxy/lib/tls/issue";
import { writePem } from "@octoproxy/lib/tls/pem";
import type { Revocation } from "@octoproxy/lib/tls/x509/crl-codec";
import { writeRevocationList } from "@octoproxy/lib/tls/x509/crl-writer";
import { expectDone, type Folder } from "./pair.ts";

/** A certificate authority in `certs/` of a test's folder, and what it does over the years. */
export class TestAuthority {
  readonly folder: Folder;
  readonly name: string;

  /** The folder's own, which `makeCertificates` made, is `ca`. */
  constructor(folder: Folder, name = "ca") {
    this.folder = folder;
    this.name = name;
  }

  static async make(folder: Folder, name: string): Promise<TestAuthority> {
    const certs = folder.file("certs");
    await expectDone(["easycert", "ca", name, "--common-name", `${name} authority`, "-o", certs]);
    return new TestAuthority(folder, name);
  }

  get certificate(): string {
    return this.folder.file(`certs/${this.name}.crt`);
  }

  get list(): string {
    return this.folder.file(`certs/${this.name}.crl`);
  }

  /** Paths of a certificate and its key. */
  files(name: string): { readonly cert: string; readonly key: string } {
    const path = this.folder.file(`certs/${name}/${name}`);
    return { cert: `${path}.crt`, key: `${path}.key` };
  }

  async sign(name: string, usage: "client" | "server", ...more: string[]): Promise<void> {
    const names = usage === "server" ? ["DNS:localhost", "IP:127.0.0.1"] : [`DNS:${name}`];
    const sans = names.flatMap((san) => ["--san", san]);
    const certs = ["-o", this.folder.file("certs")];
    const said = ["--common-name", name, ...sans, "--usage", usage];
    await expectDone(["easycert", "gen", name, ...said, ...this.#signer(), ...certs, ...more]);
  }

  renew(name: string, ...more: string[]): Promise<void> {
    return expectDone(["easycert", "renew", this.files(name).cert, ...this.#signer(), ...more]);
  }

  revoke(name: string): Promise<void> {
    const why = ["--reason", "keyCompromise"];
    return expectDone(["easycert", "revoke", this.files(name).cert, ...this.#signer(), ...why]);
  }

  /** Writes the list anew, empty where there is none. */
  writeList(...more: string[]): Promise<void> {
    return expectDone(["easycert", "crl", ...this.#signer(), ...more]);
  }

  /** A list that nobody renewed in time. */
  async writeExpiredList(revoked: ReadonlyMap<string, Revocation> = new Map()): Promise<void> {
    const hour = 3_600_000;
    const certificate = new Certificate(await readFile(this.certificate, "utf8"));
    const key = createPrivateKey(await readFile(this.folder.file(`certs/${this.name}.key`), "utf8"));
    const now = Date.now();
    const dates = { thisUpdate: new Date(now - 48 * hour), nextUpdate: new Date(now - hour) };
    const der = writeRevocationList({ ...dates, revoked, number: 1n }, signerOf({ certificate, key }));
    await writeFile(`${this.list}.new`, writePem("X509 CRL", der));
    await rename(`${this.list}.new`, this.list);
  }

  #signer(): string[] {
    return ["--cacert", this.certificate, "--cakey", this.folder.file(`certs/${this.name}.key`)];
  }
}
