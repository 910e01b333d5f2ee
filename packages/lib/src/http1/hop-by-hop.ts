import { type Fields, listMembers } from "./fields.ts";

/**
 * Fields that end at a proxy (RFC 9110 sections 7.6.1 and 11.7, and what older clients send), and those that it writes
 * anew from what it parsed: framing, Host and Via.
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
]);

/** The connection options that name no field. */
const plainOptions: ReadonlySet<string> = new Set(["close", "keep-alive", "upgrade"]);

/**
 * Field lines for the next hop, as they were written: without those that end here and those that Connection nominates.
 */
export const forwardedFieldLines = (fields: Fields): string => {
  const { names, lowerNames, values } = fields;
  const nominated = nominatedFields(fields);
  let lines = "";
  for (let at = 0; at < names.length; at++) {
    const name = lowerNames[at]!;
    if (endHere.has(name) || nominated?.includes(name)) continue;
    lines += `${names[at]}: ${values[at]}\r\n`;
  }
  return lines;
};

const nominatedFields = (fields: Fields): string[] | undefined => {
  const options = fields.joined("connection");
  if (options === undefined || plainOptions.has(options.toLowerCase())) return undefined;
  return listMembers(options).filter((option) => !plainOptions.has(option));
};
