import type { CommandModel } from "./command-model.ts";
import { flagsOf, meaningOf, usageOf } from "./markdown.ts";

export interface ManPage {
  /** `octoproxy-client.1`. */
  readonly file: string;
  /** man(7), for groff and mandoc. */
  readonly text: string;
}

/** A page for the whole and one for each command. @param version and date stand in the foot. */
export const manPages = (models: readonly CommandModel[], version: string, date: string): ManPage[] => {
  const foot = `"${date}" "octoproxy ${version}" "octoproxy"`;
  const all = models.flatMap(withInner);
  return [mainPage(models, foot), ...all.map((model) => commandPage(model, foot))];
};

const withInner = (model: CommandModel): CommandModel[] => [model, ...model.commands.flatMap(withInner)];

const pageName = (path: string): string => path.replaceAll(" ", "-");

const mainPage = (models: readonly CommandModel[], foot: string): ManPage => {
  const lines = [
    `.TH "OCTOPROXY" "1" ${foot}`,
    ".SH NAME",
    "octoproxy \\- a load\\-balancing forward proxy with mutual TLS over HTTP/2 and QUIC",
    ".SH SYNOPSIS",
    ".B octoproxy",
    ".I command",
    "[options]",
    ".SH COMMANDS",
    ...models.flatMap((model) => [".TP", `.BR ${roff(pageName(model.path))} (1)`, roff(model.description)]),
    ".SH EXIT STATUS",
    "0 done, 1 failed, 2 wrong usage or configuration, 128 + n ended by a second signal n.",
    ".SH ENVIRONMENT",
    ".TP",
    ".B OCTOPROXY_LOG",
    "level of the log, instead of log_level: trace, debug, info, warn, error",
    ".TP",
    ".B NOTIFY_SOCKET",
    "set by systemd: the daemons tell READY, RELOADING, STOPPING and STATUS there",
    ".SH FILES",
    ".TP",
    ".I /etc/octoproxy/NAME.toml",
    "configuration of octoproxy\\-client@NAME.service and octoproxy\\-server@NAME.service",
  ];
  return { file: "octoproxy.1", text: `${lines.join("\n")}\n` };
};

const commandPage = (model: CommandModel, foot: string): ManPage => {
  const name = pageName(model.path);
  const lines = [
    `.TH "${name.toUpperCase()}" "1" ${foot}`,
    ".SH NAME",
    `${roff(name)} \\- ${roff(model.description)}`,
    ".SH SYNOPSIS",
    `.B ${roff(usageOf(model))}`,
  ];
  const terms = [
    ...model.arguments.map(({ shown, description }) => [shown, description] as const),
    ...model.options.map((option) => [flagsOf(option), meaningOf(option)] as const),
  ];
  if (terms.length > 0) lines.push(".SH OPTIONS");
  for (const [term, meaning] of terms) lines.push(".TP", `.B ${roff(term)}`, roff(meaning));
  if (model.commands.length > 0) lines.push(".SH COMMANDS");
  for (const inner of model.commands) {
    lines.push(".TP", `.BR ${roff(pageName(inner.path))} (1)`, roff(inner.description));
  }
  if (model.after !== "") lines.push(".SH NOTES", ".nf", ...model.after.split("\n").map(roff), ".fi");
  lines.push(".SH SEE ALSO", ".BR octoproxy (1)");
  return { file: `${name}.1`, text: `${lines.join("\n")}\n` };
};

/** Text that roff takes for nothing but text. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replace(
      /[^\x20-\x7e]/g,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).padStart(4, "0").toUpperCase()}]`,
    )
    .replace(/^([.'])/, "\\&$1");
