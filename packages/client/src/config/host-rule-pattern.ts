import { parseTarget } from "@octoproxy/lib/address/target";
import { parseNetwork } from "@octoproxy/lib/config/networks";
import { parseServerName } from "./backend-address.ts";

/** @returns what is wrong with a rule's key, as the end of a sentence; undefined where it can be matched. */
export const patternFault = (pattern: string): string | undefined => {
  if (pattern.startsWith("~")) return regexFault(pattern.slice(1));
  if (pattern.includes("/")) {
    return parseNetwork(pattern) === undefined ? "is not a network (address/prefix)" : undefined;
  }
  const host = pattern.startsWith("*.") ? pattern.slice(2) : pattern;
  return isHostOrTarget(host) ? undefined : "is not a host, *.host, a network or ~ and a regular expression";
};

/** `host` or `host:port`. */
export const isHostOrTarget = (text: string): boolean => {
  if (parseServerName(text) !== undefined) return true;
  try {
    parseTarget(text);
    return true;
  } catch {
    return false;
  }
};

const regexFault = (source: string): string | undefined => {
  try {
    new RegExp(source, "i");
    return source === "" ? "is an empty regular expression" : undefined;
  } catch (error) {
    return `is not a regular expression (${(error as Error).message.replace(/^.*\/i?: /s, "")})`;
  }
};
