import { type Fields, isNamed, listMembers } from "./fields.ts";

/**
 * Fields that end at a proxy (RFC 9110 sections 7.6.1 and 11.7, and what older clients send), and those that it writes
 * anew from what it parsed: framing, Host, Via and the count of Max-Forwards.
 */
const endHere = [
  "connection",
  "proxy-connection",
  "keep-alive",
  "te",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "http2-settings",
  "proxy-authorization",
  "proxy-authenticate",
  "proxy-authentication-info",
  "host",
  "via",
  "max-forwards",
];

/** The connection options that name no field. */
const plainOptions: ReadonlySet<string> = new Set(["close", "keep-alive", "upgrade"]);

/** By their length. A set would have to hash each name that comes. */
const endHereOfLength: (readonly string[] | undefined)[] = [];
for (const { length } of endHere) endHereOfLength[length] = endHere.filter((name) => name.length === length);

const endsHere = (name: string): boolean => {
  const endings = endHereOfLength[name.length] ?? [];
  for (const ending of endings) if (isNamed(name, ending)) return true;
  return false;
};

/**
 * Field lines for the next hop, as they were written: without those that end here and those that Connection nominates.
 */
export const forwardedFieldLines = (fields: Fields): string => {
  const { names, values } = fields;
  const nominated = nominatedFields(fields);
  let lines = "";
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    if (endsHere(name)) continue;
    if (nominated?.includes(name.toLowerCase())) continue;
    lines += `${name}: ${values[at]}\r\n`;
  }
  return lines;
};

const nominatedFields = (fields: Fields): string[] | undefined => {
  const options = fields.joined("connection");
  // Nearly all that have the field say this; a set would have to hash it.
  if (options === undefined || options === "keep-alive" || options === "close") return undefined;
  return listMembers(options).filter((option) => !plainOptions.has(option));
};
