import { type Usage, usages } from "@octoproxy/lib/tls/issue";
import type { KeyKind } from "@octoproxy/lib/tls/key-pair";
import { Command, Option } from "commander";
import { loadAuthority, loadCertificates, makeAuthority } from "./authority.ts";
import {
  authorityOptions,
  collect,
  exitByConvention,
  keyTypeOption,
  parseCommonName,
  parseDays,
  run,
} from "./cli-options.ts";
import { wrongUsage } from "./easycert-error.ts";
import { makeLeaf } from "./generate.ts";
import { crlCommand, renewCommand, revokeCommand } from "./keep-cli.ts";
import { reportPair } from "./report.ts";
import { parseSans } from "./san.ts";
import { renderJson, renderTable } from "./show.ts";

const examples = `
Examples:
  octoproxy easycert ca ca --common-name "my authority" -o certs
  octoproxy easycert gen server --cacert certs/ca.crt --cakey certs/ca.key --common-name server \\
    --san DNS:proxy.example --san IP:203.0.113.7 -o certs
  octoproxy easycert show certs/server/server.crt`;

/** `octoproxy easycert` with all that stands under it. */
export const easycertCommand = (): Command => {
  const easycert = new Command("easycert")
    .description("make and look at certificates for octoproxy")
    .addHelpText("after", examples);
  const make = [caCommand(), genCommand(), showCommand()];
  const keep = [renewCommand(), revokeCommand(), crlCommand()];
  for (const command of [...make, ...keep]) easycert.addCommand(exitByConvention(command));
  return exitByConvention(easycert);
};

interface MakeOptions {
  readonly commonName: string;
  readonly out: string;
  readonly days: number;
  readonly keyType: KeyKind;
  readonly force: boolean;
}

const makeOptions = (command: Command, days: number): Command =>
  command
    .requiredOption("-o, --out <dir>", "where to write")
    .requiredOption("--common-name <cn>", "name of the holder, for people", parseCommonName)
    .option("--days <n>", "how long it is valid", parseDays, days)
    .addOption(keyTypeOption())
    .option("--force", "overwrite what is there", false);

const caCommand = (): Command =>
  makeOptions(new Command("ca"), 3650)
    .description("make a certificate authority: <dir>/<name>.crt and .key")
    .argument("[name]", "name of the files", "ca")
    .action((name: string, options: MakeOptions) =>
      run(() => {
        const wish = { ...options, keyKind: options.keyType, now: Date.now() };
        reportPair(makeAuthority({ name, directory: options.out, force: options.force }, wish));
      }),
    );

interface GenOptions extends MakeOptions {
  readonly cacert: string;
  readonly cakey: string;
  readonly san: readonly string[];
  readonly usage: Usage;
}

const genCommand = (): Command =>
  makeOptions(authorityOptions(new Command("gen")), 365)
    .description("make a certificate: <dir>/<name>/<name>.crt and .key")
    .argument("<name>", "name of the files")
    .option("--san <type:name>", "DNS:name, IP:address, email:address or URI:uri; several times", collect, [])
    .addOption(new Option("--usage <usage>", "what the holder may be").choices(usages).default("both"))
    .action((name: string, options: GenOptions) =>
      run(() => {
        const names = parseSans(options.san);
        if (names.length === 0) {
          throw wrongUsage(
            "at least one --san is needed, for example --san DNS:localhost --san IP:127.0.0.1",
          );
        }
        const now = Date.now();
        const authority = loadAuthority(options, now);
        const wish = { ...options, keyKind: options.keyType, names, now };
        reportPair(makeLeaf({ name, directory: options.out, force: options.force }, authority, wish));
      }),
    );

const showCommand = (): Command =>
  new Command("show")
    .description("show every certificate of a PEM file")
    .argument("<file>", "certificate or chain")
    .option("-c, --no-color", "plain text")
    .option("--json", "for programs", false)
    .action((file: string, options: { readonly color: boolean; readonly json: boolean }) =>
      run(() => {
        const certificates = loadCertificates(file);
        const now = Date.now();
        const color = options.color && process.stdout.isTTY === true && !process.env.NO_COLOR;
        process.stdout.write(
          options.json
            ? renderJson(file, certificates, now)
            : renderTable(file, certificates, { color, now }),
        );
      }),
    );
