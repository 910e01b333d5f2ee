// Certificates for tests, by a foreign hand: the `openssl` program.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why tests that need certificates cannot run here; `false` where they can. */
export const noOpenssl = ((): string | false => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env.OCTOPROXY_NO_SKIP !== undefined) throw new Error("openssl is not installed");
    return "openssl is not installed";
  }
})();

export interface Identity {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** `DNS:localhost`, `IP:127.0.0.1`, … */
  readonly names?: readonly string[];
  /** Default both. */
  readonly usage?: readonly ("clientAuth" | "serverAuth")[];
  /** `YYYYMMDDHHMMSSZ`. Default: valid now. */
  readonly from?: string;
  readonly to?: string;
  /** Makes the leaf an authority. */
  readonly ca?: boolean;
}

const configuration = (folder: string): string => `
[ca]
default_ca = own
[own]
dir = ${folder}
database = $dir/index.txt
serial = $dir/serial
crlnumber = $dir/crlnumber
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = unused
`;

/** One certificate authority, in a folder that goes with `dispose`. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), "octo-quic-ca-"));
  #made = 0;

  constructor(name = "Test CA") {
    this.#write("ca.cnf", configuration(this.#folder));
    this.#write("index.txt", "");
    this.#write("serial", "1000\n");
    this.#write("crlnumber", "01\n");
    const subject = ["-subj", `/CN=${name}`, "-days", "30"];
    const usage = [
      "-addext",
      "basicConstraints=critical,CA:TRUE",
      "-addext",
      "keyUsage=critical,keyCertSign,cRLSign",
    ];
    this.#run("req", "-x509", ...this.#newKey("ca.key"), "-out", "ca.pem", ...subject, ...usage);
  }

  get cert(): string {
    return this.#read("ca.pem");
  }

  issue(name: string, options: LeafOptions = {}): Identity {
    const base = `leaf${this.#made++}`;
    const extensions = [
      `basicConstraints=critical,CA:${options.ca === true ? "TRUE" : "FALSE"}`,
      `extendedKeyUsage=${(options.usage ?? ["clientAuth", "serverAuth"]).join(",")}`,
      ...((options.names ?? []).length > 0 ? [`subjectAltName=${options.names?.join(",")}`] : []),
    ];
    this.#write(`${base}.ext`, extensions.join("\n"));
    this.#run("req", ...this.#newKey(`${base}.key`), "-out", `${base}.csr`, "-subj", `/CN=${name}`);
    const dates = [
      ...(options.from === undefined ? [] : ["-startdate", options.from]),
      ...(options.to === undefined ? [] : ["-enddate", options.to]),
    ];
    this.#run(
      "ca",
      "-batch",
      "-notext",
      "-in",
      `${base}.csr`,
      "-out",
      `${base}.pem`,
      "-extfile",
      `${base}.ext`,
      ...dates,
    );
    return { cert: this.#read(`${base}.pem`), key: this.#read(`${base}.key`) };
  }

  revoke(identity: Identity): void {
    this.#write("revoked.pem", identity.cert);
    this.#run("ca", "-revoke", "revoked.pem");
  }

  /** The revocation list now; `outdated`: its next update was yesterday. */
  crl({ outdated = false } = {}): string {
    const dates = outdated
      ? ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"]
      : [];
    this.#run("ca", "-gencrl", "-out", "crl.pem", ...dates);
    return this.#read("crl.pem");
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #newKey(file: string): string[] {
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file];
  }

  #run(command: string, ...rest: string[]): void {
    const args = [command, "-config", "ca.cnf", ...rest];
    execFileSync("openssl", args, { cwd: this.#folder, stdio: "pipe" });
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), "utf8");
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }
}
