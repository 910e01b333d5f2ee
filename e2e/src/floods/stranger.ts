import { readFileSync } from "node:fs";
import { expectDone, type Folder } from "../harness/pair.ts";

/** Another client's certificate of the same authority: limits are for each, so an attacker does not use up the honest one's. */
export const makeStranger = async (folder: Folder): Promise<void> => {
  const certs = folder.file("certs");
  const ca = ["--cacert", `${certs}/ca.crt`, "--cakey", `${certs}/ca.key`, "-o", certs];
  const names = ["--common-name", "stranger", "--san", "DNS:stranger", "--usage", "client"];
  await expectDone(["easycert", "gen", "stranger", ...names, ...ca]);
};

/** What a TLS or QUIC client is made of: with the stranger's certificate, or with none. */
export const identityOf = (folder: Folder, certificate: boolean) => {
  const read = (name: string): Buffer => readFileSync(folder.file(`certs/${name}`));
  const ca = read("ca.crt");
  return certificate
    ? { ca, cert: read("stranger/stranger.crt"), key: read("stranger/stranger.key") }
    : { ca };
};
