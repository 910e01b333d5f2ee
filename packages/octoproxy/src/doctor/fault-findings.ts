import { type ConfigFault, formatFault } from "@octoproxy/lib/config/config-fault";
import { type Finding, fail } from "./finding.ts";

/** Which check a fault of the configuration belongs to, by its words, and what to do about it. */
const kinds: readonly { readonly check: string; readonly words: RegExp; readonly advice: string }[] = [
  {
    check: "files",
    words:
      /does not exist|there is no such file|cannot be read|is a directory|is not a regular file|too large/,
    advice: "put the file there, or correct the path; its reader is the user that the daemon runs as",
  },
  {
    check: "key",
    words: /does not belong to|where our own must be the first|private key|passphrase/,
    advice: "use the key that was made with the certificate; octoproxy easycert renew makes both anew",
  },
  {
    check: "certificates",
    words: /expired on|is not valid before/,
    advice: "octoproxy easycert renew <certificate> --cacert … --cakey …, and look at the machine's clock",
  },
  {
    check: "certificates",
    words: /certificate|authority|PEM|revocation/,
    advice: "octoproxy easycert show <file> says what it holds",
  },
];

/** The faults with which a daemon would not start, each as the check that it belongs to. */
export const faultFindings = (faults: readonly ConfigFault[]): Finding[] =>
  faults.map((fault) => {
    const kind = kinds.find(({ words }) => words.test(fault.message));
    return fail(
      kind?.check ?? "configuration",
      formatFault(fault),
      kind?.advice ?? "correct that line; doc/configuration.md has every key",
    );
  });
