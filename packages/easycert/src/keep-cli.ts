import type { Certificate } from "@octoproxy/lib/tls/certificate";
import type { KeyKind } from "@octoproxy/lib/tls/key-pair";
import { revocationReasons } from "@octoproxy/lib/tls/x509/object-identifiers";
import { Command, Option } from "commander";
import { type AuthorityFiles, loadCertificates } from "./authority.ts";
import { authorityOptions, keyTypeOption, parseDays, run } from "./cli-options.ts";
import { renew } from "./renew.ts";
import { reportPair } from "./report.ts";
import { describeList, renewList, revoke } from "./revocation-file.ts";

// What keeps certificates in order over the years.

const listDays = 90;

interface ListOptions extends AuthorityFiles {
  readonly days: number;
}

const listOptions = (command: Command): Command =>
  authorityOptions(command).option(
    "--days <n>",
    "how long the list is good; past that it refuses everyone",
    parseDays,
    listDays,
  );

export const revokeCommand = (): Command =>
  listOptions(new Command("revoke"))
    .description("add a certificate to the revocation list beside its authority (ca.crl)")
    .argument("<cert>", "certificate that is not to be accepted any more")
    .addOption(
      new Option("--reason <reason>", "why")
        .choices([...revocationReasons.values()].filter(isOurs))
        .default("unspecified"),
    )
    .action((file: string, options: ListOptions & { readonly reason: string }) =>
      run(() => {
        const certificate = loadCertificates(file)[0] as Certificate;
        const list = revoke(options, certificate, options.reason, { days: options.days, now: Date.now() });
        process.stdout.write(describeList(list));
        process.stdout.write(
          "where it is client_crl of a server or crl of a backend, it holds from now on\n",
        );
      }),
    );

/** Reasons that fit a leaf which is gone for good. */
const isOurs = (reason: string): boolean =>
  !["certificateHold", "removeFromCRL", "cACompromise"].includes(reason);

export const crlCommand = (): Command =>
  listOptions(new Command("crl"))
    .description("write the revocation list beside the authority anew, with a later date")
    .action((options: ListOptions) =>
      run(() => {
        process.stdout.write(describeList(renewList(options, { days: options.days, now: Date.now() })));
      }),
    );

interface RenewOptions extends AuthorityFiles {
  readonly days: number | undefined;
  readonly keyType: KeyKind | undefined;
}

export const renewCommand = (): Command =>
  authorityOptions(new Command("renew"))
    .description("replace a certificate and the key beside it: same name, SANs and usage, new dates and key")
    .argument("<cert>", "certificate to renew")
    .option("--days <n>", "how long it is valid (default: as long as before)", parseDays)
    .addOption(keyTypeOption().default(undefined, "as before"))
    .action((file: string, options: RenewOptions) =>
      run(() => {
        const renewed = renew(file, options, { ...options, keyKind: options.keyType, now: Date.now() });
        reportPair(renewed);
      }),
    );
