import { isErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";

/** One hop of a Proxy-Status field (RFC 9209 section 2), from the target's side to the user's. */
export interface ProxyStatusMember {
  /** `octoproxy-server`, `octoproxy-client`, or what a foreign proxy calls itself. */
  readonly identity: string;
  readonly error?: string | undefined;
  readonly nextHop?: string | undefined;
  readonly receivedStatus?: number | undefined;
  /** Our own code (extension parameter `octoproxy-code`): decisions are made on it, never on text. */
  readonly code?: string | undefined;
  readonly details?: string | undefined;
}

/** A negative answer to a tunnel request. */
export interface Refusal {
  readonly status: number;
  readonly members: readonly ProxyStatusMember[];
}

/** Longest field value that is read or written, in bytes: what a QUIC reply may carry (`doc/protocol.md`). */
export const maxProxyStatusLength = 2048;

/** The answer that tells `error` to the other side. `earlier` are the members of hops behind this one. */
export const refusalOf = (
  error: ProxyError,
  identity: string,
  earlier: readonly ProxyStatusMember[] = [],
): Refusal => ({
  status: error.traits.status,
  members: [
    ...earlier,
    { identity, error: error.traits.token, nextHop: error.nextHop, code: error.code, details: error.message },
  ],
});

/** Writes the field value; details are shortened where the whole would pass {@link maxProxyStatusLength}. */
export const formatProxyStatus = (members: readonly ProxyStatusMember[]): string => {
  const text = members.map((member) => formatMember(member, 400)).join(", ");
  if (text.length <= maxProxyStatusLength) return text;
  return members
    .slice(0, 8)
    .map((member) => formatMember(member, 60))
    .join(", ")
    .slice(0, maxProxyStatusLength);
};

const formatMember = (member: ProxyStatusMember, detailLimit: number): string => {
  let text = formatTokenOrString(member.identity);
  if (member.error !== undefined) text += `; error=${formatTokenOrString(member.error)}`;
  if (member.nextHop !== undefined) text += `; next-hop=${formatTokenOrString(member.nextHop)}`;
  if (member.receivedStatus !== undefined) text += `; received-status=${member.receivedStatus}`;
  if (member.code !== undefined) text += `; octoproxy-code=${formatTokenOrString(member.code)}`;
  if (member.details !== undefined) text += `; details=${formatString(member.details.slice(0, detailLimit))}`;
  return text;
};

/** RFC 8941 section 3.3.4: a token where the word is one, else a string. */
const formatTokenOrString = (word: string): string =>
  /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/.test(word) ? word : formatString(word);

/** RFC 8941 section 3.3.3: printable ASCII only, quote and backslash escaped. */
const formatString = (text: string): string =>
  `"${text.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;

/** Reads a field value leniently: what cannot be read is left out, nothing throws. */
export const parseProxyStatus = (value: string): ProxyStatusMember[] => {
  const members: ProxyStatusMember[] = [];
  for (const part of splitOutsideQuotes(value.slice(0, maxProxyStatusLength), ",")) {
    const [identity, ...parameters] = splitOutsideQuotes(part, ";");
    if (identity === undefined || identity.trim() === "") continue;
    const read = new Map(parameters.map(readParameter));
    const status = Number(read.get("received-status"));
    members.push({
      identity: readBareItem(identity),
      error: read.get("error"),
      nextHop: read.get("next-hop"),
      receivedStatus: Number.isInteger(status) && status > 0 ? status : undefined,
      code: read.get("octoproxy-code"),
      details: read.get("details"),
    });
  }
  return members;
};

const readParameter = (text: string): [string, string] => {
  const equals = text.indexOf("=");
  if (equals < 0) return [text.trim().toLowerCase(), "?1"];
  return [text.slice(0, equals).trim().toLowerCase(), readBareItem(text.slice(equals + 1))];
};

const readBareItem = (text: string): string => {
  const item = text.trim();
  if (!item.startsWith('"')) return item;
  return item.replace(/^"|"$/g, "").replace(/\\(["\\])/g, "$1");
};

const splitOutsideQuotes = (text: string, separator: string): string[] => {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
};

/**
 * What a server's negative answer means for us. A foreign server's status without our words is taken as the
 * target's failure: final, and nobody's fault but the target's.
 */
export const errorOfRefusal = (refusal: Refusal): ProxyError => {
  const last = refusal.members.at(-1);
  if (last?.code !== undefined && isErrorCode(last.code)) {
    return new ProxyError(last.code, { detail: last.details, nextHop: last.nextHop, received: refusal });
  }
  const detail = last?.details ?? `the server answered ${refusal.status}`;
  return new ProxyError("CONNECTION_TERMINATED", { detail, nextHop: last?.nextHop, received: refusal });
};
