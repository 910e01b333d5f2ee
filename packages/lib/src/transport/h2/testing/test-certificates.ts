import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CertificateFiles {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface TestCertificates extends Disposable {
  /** Path of the authority that signed both. */
  readonly ca: string;
  /** For `localhost`, `server.test` and `127.0.0.1`. */
  readonly server: CertificateFiles;
  readonly client: CertificateFiles;
  /** The text of a file. */
  read(path: string): string;
}

/** An authority, a server and a client in a folder of their own, made by the `openssl` program. */
export const makeCertificates = (): TestCertificates => {
  const folder = mkdtempSync(join(tmpdir(), "octoproxy-h2-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  openssl(
    ...["req", "-x509", ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2"],
    ...["-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  );
  const issue = (name: string, extensions: string): CertificateFiles => {
    const files = { cert: at(`${name}.pem`), key: at(`${name}.key`) };
    const request = at(`${name}.csr`);
    const extfile = at(`${name}.ext`);
    writeFileSync(extfile, extensions);
    openssl("req", ...newKey, "-keyout", files.key, "-out", request, "-subj", `/CN=${name}`);
    openssl(
      ...["x509", "-req", "-in", request, "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-days", "1"],
      ...["-extfile", extfile, "-out", files.cert],
    );
    return files;
  };
  return {
    ca: at("ca.pem"),
    server: issue(
      "server",
      "subjectAltName=DNS:localhost,DNS:server.test,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n",
    ),
    client: issue(
      "client",
      "subjectAltName=DNS:client.test\nextendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n",
    ),
    read: (path) => readFileSync(path, "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};
