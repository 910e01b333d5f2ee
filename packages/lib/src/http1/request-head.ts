import { ProxyError } from "../error/proxy-error.ts";
import { isToken, parseFieldLines } from "./field-lines.ts";
import type { Fields } from "./fields.ts";
import type { HeadGrammar } from "./head-parser.ts";
import { parseRequestTarget, type RequestTarget } from "./request-target.ts";

export interface RequestHead {
  /** As written: methods are case-sensitive. */
  readonly method: string;
  readonly target: RequestTarget;
  /** HTTP/1.0 or HTTP/1.1. */
  readonly minorVersion: 0 | 1;
  readonly fields: Fields;
}

/** Reads request heads strictly (RFC 9112 sections 3 and 5). */
export const requestHeads: HeadGrammar<RequestHead> = {
  code: "BAD_REQUEST",
  leadingEmptyLines: 2,
  judgeStartLine: (line) => {
    parseRequestLine(line);
  },
  parse: (text) => {
    const lineEnd = text.indexOf("\r\n");
    const line = parseRequestLine(text.slice(0, lineEnd));
    const fields = parseFieldLines(text, lineEnd + 2, "BAD_REQUEST");
    judgeHost(line, fields);
    const { method, target, minorVersion } = line;
    return { method, target, minorVersion, fields };
  },
};

const parseRequestLine = (line: string): Omit<RequestHead, "fields"> => {
  const methodEnd = line.indexOf(" ");
  const targetEnd = line.indexOf(" ", methodEnd + 1);
  if (methodEnd < 0 || targetEnd < 0)
    throw malformed("the request line lacks a part (HTTP/0.9 is not served)");
  if (!isToken(line, 0, methodEnd)) throw malformed("the method is not a token");
  const version = line.slice(targetEnd + 1);
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") {
    throw malformed(`the version is "${version.slice(0, 20)}", not HTTP/1.1 or HTTP/1.0`);
  }
  const method = line.slice(0, methodEnd);
  const target = line.slice(methodEnd + 1, targetEnd);
  if (target.includes("\t")) throw malformed("a tab in the request target");
  return { method, target: parseRequestTarget(method, target), minorVersion: version === "HTTP/1.1" ? 1 : 0 };
};

/**
 * RFC 9112 section 3.2: no second Host, no invalid one, none missing. Where the target is a URI it decides, whatever
 * Host says. CONNECT may come without: nobody behind us reads it, and hand-made clients leave it out.
 */
const judgeHost = ({ method, minorVersion }: Omit<RequestHead, "fields">, fields: Fields): void => {
  const count = fields.count("host");
  if (count > 1) throw malformed("more than one Host");
  if (count === 0 && minorVersion === 1 && method !== "CONNECT") throw malformed("Host is missing");
  const host = fields.get("host") ?? "";
  if (!/^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/.test(host)) throw malformed("Host is not a host");
};

const malformed = (what: string): ProxyError => new ProxyError("BAD_REQUEST", { detail: what });
