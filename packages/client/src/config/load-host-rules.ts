import type { ConfigReport } from "@octoproxy/lib/config/config-report";
import { ConfigTextError, readConfigText } from "@octoproxy/lib/config/config-text";
import { didYouMean } from "@octoproxy/lib/config/did-you-mean";
import { findFile, type PathBase } from "@octoproxy/lib/config/file-paths";
import type { KeyPath } from "@octoproxy/lib/config/key-path";
import { flag } from "@octoproxy/lib/config/keys";
import { checkSchema } from "@octoproxy/lib/config/schema-check";
import { optionalText } from "@octoproxy/lib/config/text-keys";
import { isTable, TomlDocument, type TomlTable } from "@octoproxy/lib/config/toml-document";
import { z } from "zod";
import { validateRewrite } from "../route/rewrite.ts";
import { validatePattern } from "../route/rule-pattern.ts";
import type { HostRule, HostRuleFile } from "./host-rule.ts";

/** Room for a few hundred thousand rules. */
const maxRuleBytes = 32 * 1024 * 1024;

/** One table of the rules file. */
export const hostRuleSchema = z.strictObject({
  rewrite: optionalText({
    expects: "host or host:port",
    parse: (text) => (validateRewrite(text) === undefined ? text : undefined),
    meaning: "Takes the target's place, once; the port stays where none is written.",
  }),
  backend: optionalText({
    expects: "the name of a backend",
    parse: (text) => (text === "" ? undefined : text),
    meaning: "Backend to use, and no other: while it is down the answer is 503.",
  }),
  direct: flag({ default: false, meaning: "Dialed from here, without a backend; wins over `backend`." }),
  block: flag({ default: false, meaning: "Refused with 403." }),
});

/** What the rules file is loaded for. */
export interface HostRuleContext {
  readonly report: ConfigReport;
  /** The client's configuration. */
  readonly document: TomlDocument;
  readonly base: PathBase;
  readonly backendNames: readonly string[];
}

/**
 * Reads the file that `host_rule` names. Faults go to the report.
 * @param name the key's value.
 * @returns undefined where the file could not be read at all.
 */
export const loadHostRules = async (
  context: HostRuleContext,
  name: string,
): Promise<HostRuleFile | undefined> => {
  const { report, document, base } = context;
  const { shown, absolute } = await findFile(report, document, base, ["host_rule"], name);
  report.reads(shown);
  let text: string;
  try {
    text = await readConfigText(absolute, maxRuleBytes);
  } catch (error) {
    if (!(error instanceof ConfigTextError)) throw error;
    if (error.line === undefined) report.fault(document, ["host_rule"], `${shown}: ${error.message}`);
    else report.addFault({ file: shown, line: error.line, column: 1, keyPath: "", message: error.message });
    return undefined;
  }
  const rules = TomlDocument.parse(shown, text);
  if (rules instanceof TomlDocument) return { file: shown, rules: readRules(context, rules) };
  report.addFault(rules);
  return undefined;
};

const readRules = (context: HostRuleContext, rules: TomlDocument): HostRule[] =>
  rules.names([], rules.values).flatMap((pattern) => readRule(context, rules, pattern) ?? []);

const readRule = (context: HostRuleContext, rules: TomlDocument, pattern: string): HostRule | undefined => {
  const { report, backendNames } = context;
  const value = rules.values[pattern];
  if (!isTable(value)) {
    report.fault(rules, [pattern], `stands outside of a rule; a rule begins with ["host"]`, "key");
    return undefined;
  }
  const fault = validatePattern(pattern);
  if (fault !== undefined) report.fault(rules, [pattern], fault, "key");
  const unknownKey = (name: string, path: KeyPath, inner: unknown) =>
    path.length === 0 && isTable(inner)
      ? `needs quotes around the whole name: ["${[pattern, name, ...namesBelow(inner)].join(".")}"]`
      : undefined;
  const keys = checkSchema({
    report,
    document: rules,
    path: [pattern],
    value,
    schema: hostRuleSchema,
    unknownKey,
  });
  if (keys?.backend !== undefined && !backendNames.includes(keys.backend)) {
    const known = backendNames.length === 0 ? "" : `; there are ${backendNames.slice(0, 20).join(", ")}`;
    const message = `no backend is called "${keys.backend}"${didYouMean(keys.backend, backendNames) || known}`;
    report.fault(rules, [pattern, "backend"], message);
  }
  if (keys === undefined) return undefined;
  if (keys.rewrite === undefined && keys.backend === undefined && !keys.direct && !keys.block) {
    report.warn(rules, [pattern], "the rule has no action and is ignored");
    return undefined;
  }
  const { rewrite, backend, direct, block } = keys;
  return { pattern, rewrite, backend, direct, block, line: rules.tableLine(pattern) };
};

/** What `[a.b.c]` without quotes has become: tables in tables. */
const namesBelow = (table: TomlTable): string[] => {
  const [name, more] = Object.keys(table);
  const inner = name === undefined ? undefined : table[name];
  return name !== undefined && more === undefined && isTable(inner) ? [name, ...namesBelow(inner)] : [];
};
