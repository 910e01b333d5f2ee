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
    statusOf(line);
  },
  parse: (text) => {
    const lineEnd = text.indexOf("\r\n");
    const line = text.slice(0, lineEnd);
    return {
      status: statusOf(line),
      reason: line.slice(13),
      minorVersion: line.charCodeAt(7) === 0x31 ? 1 : 0,
      fields: parseFieldLines(text, lineEnd + 2, "BAD_RESPONSE"),
    };
  },
};

/**
 * Judges `HTTP/1.x SP status SP reason`. The space behind the status is left out by some origins when there is no
 * reason: that has one reading only.
 */
const statusOf = (line: string): number => {
  const isVersion = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
  const first = digit(line, 9);
  const second = digit(line, 10);
  const third = digit(line, 11);
  const isWhole = line.length === 12 || line.charCodeAt(12) === 0x20;
  if (!isVersion || !isWhole || first < 1 || second < 0 || third < 0) {
    throw new ProxyError("BAD_RESPONSE", { detail: `the target's status line is "${line.slice(0, 40)}"` });
  }
  return first * 100 + second * 10 + third;
};

/** -1 where it is none. */
const digit = (line: string, at: number): number => {
  const value = line.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -1;
};
