import type { Certificate } from "@octoproxy/lib/tls/certificate";
import {
  type Authority,
  type AuthorityWish,
  authorityOf,
  createAuthority,
  type Issued,
} from "@octoproxy/lib/tls/issue";
import { readMaterialFile } from "@octoproxy/lib/tls/material-file";
import { parseCertificates, parsePrivateKey } from "@octoproxy/lib/tls/material-parts";
import { failure } from "./easycert-error.ts";
import { checkFileName, makeDirectory, publicMode, secretMode, writeNewFiles } from "./write-files.ts";

/** The two files of an authority. */
export interface AuthorityFiles {
  readonly cacert: string;
  readonly cakey: string;
}

/** What was made and where it stands. */
export interface WrittenPair {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly issued: Issued;
}

export interface WritePlace {
  readonly name: string;
  readonly directory: string;
  readonly force: boolean;
}

/** Makes an authority as `<directory>/<name>.crt` and `.key`. */
export const makeAuthority = (place: WritePlace, wish: AuthorityWish): WrittenPair => {
  const name = checkFileName(place.name);
  const issued = createAuthority(wish);
  return writePair(makeDirectory(place.directory, "."), name, issued, place.force);
};

/** Writes `<name>.crt` and `<name>.key`; nobody but the owner may read the key. */
export const writePair = (directory: string, name: string, issued: Issued, force: boolean): WrittenPair => {
  const certificateFile = `${directory}/${name}.crt`;
  const keyFile = `${directory}/${name}.key`;
  writeNewFiles(
    [
      { path: keyFile, content: issued.key, mode: secretMode },
      { path: certificateFile, content: issued.certificate, mode: publicMode },
    ],
    force,
  );
  return { certificateFile, keyFile, issued };
};

/** An existing authority, made by us or by another tool. @throws EasycertError with status 1. */
export const loadAuthority = ({ cacert, cakey }: AuthorityFiles, now: number): Authority => {
  const certificate = loadCertificates(cacert)[0] as Certificate;
  const key = read(cakey, parsePrivateKey);
  try {
    return authorityOf(certificate, key, now);
  } catch (error) {
    throw failure(`${cacert} cannot sign: ${(error as Error).message}`, error);
  }
};

/** Every certificate of a file. @throws EasycertError with status 1. */
export const loadCertificates = (file: string): readonly Certificate[] => read(file, parseCertificates);

/** What `parse` makes of a file. @throws EasycertError with status 1, whose sentence begins with the file. */
export const read = <T>(file: string, parse: (content: Buffer) => T): T => {
  try {
    return parse(readMaterialFile(file));
  } catch (error) {
    throw failure(`${file} ${(error as Error).message}`, error);
  }
};
