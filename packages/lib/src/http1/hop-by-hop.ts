import { type Fields, listMembers } from "./fields.ts";

/**
 * Fields that end at a proxy (RFC 9110 sections 7.6.1 and 11.7, and what older clients send), and those that it writes
 * anew from what it parsed: framing, Host, Via and the count of Max-Forwards.
 */
const endHere: ReadonlySet<string> = new Set([
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
]);

/** The connection options that name no field. */
const plainOptions: ReadonlySet<string> = new Set(["close", "keep-alive", "upgrade"]);

/** By the length of a name: whether one of that length may end here. */
const lengthsThatEndHere = new Uint8Array(64);
for (const name of endHere) lengthsThatEndHere[name.length] = 1;

/**
 * Field lines for the next hop, as they were written: without those that end here and those that Connection nominates.
 */
export const forwardedFieldLines = (fields: Fields): string => {
  const { names, values } = fields;
  const nominated = nominatedFields(fields);
  let lines = "";
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    if (lengthsThatEndHere[name.length] === 1 && endHere.has(name.toLowerCase())) continue;
    if (nominated?.includes(name.toLowerCase())) continue;
    lines += `${name}: ${values[at]}\r\n`;
  }
  return lines;
};

const nominatedFields = (fields: Fields): string[] | undefined => {
  const options = fields.joined("connection");
  if (options === undefined || plainOptions.has(options.toLowerCase())) return undefined;
  return listMembers(options).filter((option) => !plainOptions.has(option));
};
