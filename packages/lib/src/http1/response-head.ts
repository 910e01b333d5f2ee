import { ProxyError } from "../error/proxy-error.ts";
import { parseFieldLines } from "./field-lines.ts";
import type { Fields } from "./fields.ts";
import type { HeadGrammar } from "./head-parser.ts";

export interface ResponseHead {
  /** 100 to 999. */
  readonly status: number;
  /** May be empty. No control characters. */
  readonly reason: string;
  readonly minorVersion: 0 | 1;
  readonly fields: Fields;
}

/** Reads response heads strictly (RFC 9112 sections 4 and 5). */
export const responseHeads: HeadGrammar<ResponseHead> = {
  code: "BAD_RESPONSE",
  leadingEmptyLines: 0,
  judgeStartLine: (line) => {
    parseStatusLine(line);
  },
  parse: (text) => {
    const lineEnd = text.indexOf("\r\n");
    const line = parseStatusLine(text.slice(0, lineEnd));
    return { ...line, fields: parseFieldLines(text, lineEnd + 2, "BAD_RESPONSE") };
  },
};

/** The space behind the status is left out by some origins when there is no reason: that has one reading only. */
const parseStatusLine = (line: string): Omit<ResponseHead, "fields"> => {
  const match = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/.exec(line);
  if (match === null) {
    throw new ProxyError("BAD_RESPONSE", { detail: `the target's status line is "${line.slice(0, 40)}"` });
  }
  return { status: Number(match[2]), reason: match[3] ?? "", minorVersion: match[1] === "1" ? 1 : 0 };
};
