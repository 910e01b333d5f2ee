import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { Fields } from "./fields.ts";

/** RFC 9110 section 5.6.2: the characters of a token, by their code. */
const tokenCharacters = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCharacters[character.charCodeAt(0)] = 1;
}

/** Whether a byte may stand in a token. */
export const isTokenByte = (byte: number): boolean => tokenCharacters[byte] === 1;

/** Whether `text` from `start` to `end` is a token, one character at least. */
export const isToken = (text: string, start = 0, end = text.length): boolean => {
  for (let at = start; at < end; at++) if (tokenCharacters[text.charCodeAt(at)] !== 1) return false;
  return end > start;
};

/**
 * Reads the field lines of a head (RFC 9112 section 5): each ends in CRLF and has no control characters. White space
 * before the colon and folded lines are faults.
 * @throws ProxyError with `code`.
 */
export const parseFieldLines = (text: string, from: number, code: ErrorCode): Fields => {
  const fields = new Fields();
  for (let start = from; start < text.length; ) {
    const end = text.indexOf("\r\n", start);
    const colon = text.indexOf(":", start);
    if (colon < 0 || colon > end || !isToken(text, start, colon)) {
      throw new ProxyError(code, { detail: faultOf(text.slice(start, end)) });
    }
    let valueStart = colon + 1;
    let valueEnd = end;
    while (valueStart < valueEnd && isBlank(text.charCodeAt(valueStart))) valueStart++;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
    fields.add(text.slice(start, colon), text.slice(valueStart, valueEnd));
    start = end + 2;
  }
  return fields;
};

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

const faultOf = (line: string): string => {
  if (/^[ \t]/.test(line)) return "a field line is folded (RFC 9112 section 5.2 forbids it)";
  return `"${line.slice(0, 40)}" is not a field line`;
};
