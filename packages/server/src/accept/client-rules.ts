import type { PeerIdentity } from "@octoproxy/lib/transport/transport";
import type { ClientRule } from "../config/server-config.ts";

/** Finds the `[[clients]]` entry that holds for a certificate: the first that matches, in file order. */
export class ClientRules {
  readonly #rules: readonly { readonly rule: ClientRule; readonly patterns: readonly RegExp[] }[];
  /** A connection's identity is one object: its tunnels find the answer of the first. */
  readonly #known = new WeakMap<PeerIdentity, { readonly rule: ClientRule | undefined }>();

  constructor(rules: readonly ClientRule[]) {
    this.#rules = rules.map((rule) => ({ rule, patterns: rule.match.map(patternOf) }));
  }

  of(peer: PeerIdentity): ClientRule | undefined {
    if (this.#rules.length === 0) return undefined;
    let known = this.#known.get(peer);
    if (known === undefined) {
      known = { rule: this.#find(peer) };
      this.#known.set(peer, known);
    }
    return known.rule;
  }

  #find(peer: PeerIdentity): ClientRule | undefined {
    const words = [...subjectParts(peer.subject), ...peer.names];
    return this.#rules.find(({ patterns }) =>
      patterns.some((pattern) => words.some((word) => pattern.test(word))),
    )?.rule;
  }
}

/** `*` is any run of characters; case does not count, as in names of hosts and in RFC 5280 section 7.1. */
const patternOf = (text: string): RegExp =>
  new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "isu");

/** `CN=laptop, O=Example` is both of its parts; a separator that is escaped (RFC 4514) is none. */
const subjectParts = (subject: string): string[] => {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < subject.length; at++) {
    const character = subject[at]!;
    if (character === "\\") {
      part += character + (subject[++at] ?? "");
    } else if (character === "," || character === "+") {
      parts.push(part.trim());
      part = "";
    } else part += character;
  }
  parts.push(part.trim());
  return parts;
};
