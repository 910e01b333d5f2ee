import { decimalAt } from "../address/decimal.ts";
import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { type Fields, listMembers } from "./fields.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/** Where a body ends: after so many bytes, with its last chunk, or with the connection. */
export type BodyFraming = number | "chunked" | "until-close";

/**
 * Where a request's body ends (RFC 9112 section 6.3). Whatever two readers could read in two ways is refused: both
 * Transfer-Encoding and Content-Length, two of either, any coding but `chunked`, Transfer-Encoding on HTTP/1.0.
 * @throws ProxyError `BAD_REQUEST`.
 */
export const requestBodyFraming = ({ method, minorVersion, fields }: RequestHead): BodyFraming => {
  const framing = declaredFraming(fields, minorVersion, "BAD_REQUEST") ?? 0;
  if (method === "CONNECT" && framing !== 0)
    throw new ProxyError("BAD_REQUEST", { detail: "CONNECT with a body" });
  return framing;
};

/**
 * Where the body of the answer to a `method` request ends.
 * @throws ProxyError `BAD_RESPONSE`.
 */
export const responseBodyFraming = (head: ResponseHead, method: string): BodyFraming => {
  const declared = declaredFraming(head.fields, head.minorVersion, "BAD_RESPONSE");
  if (method === "HEAD" || hasNoBody(head.status)) return 0;
  return declared ?? "until-close";
};

/** Statuses whose answer ends with its head (RFC 9112 section 6.3, rule 1). */
export const hasNoBody = (status: number): boolean => status < 200 || status === 204 || status === 304;

const declaredFraming = (fields: Fields, minorVersion: 0 | 1, code: ErrorCode): BodyFraming | undefined => {
  const codings = fields.count("transfer-encoding");
  const lengths = fields.count("content-length");
  if (codings === 0 && lengths === 0) return undefined;
  if (codings > 0) {
    if (lengths > 0) throw new ProxyError(code, { detail: "both Transfer-Encoding and Content-Length" });
    if (minorVersion === 0) throw new ProxyError(code, { detail: "Transfer-Encoding on HTTP/1.0" });
    const value = fields.get("transfer-encoding")!;
    if (codings > 1 || value.toLowerCase() !== "chunked") {
      throw new ProxyError(code, { detail: "a Transfer-Encoding other than chunked" });
    }
    return "chunked";
  }
  if (lengths > 1) throw new ProxyError(code, { detail: "more than one Content-Length" });
  // 15 digits are below 2^53: every length up to there is exact.
  const length = decimalAt(fields.get("content-length")!, 0, 15);
  if (length < 0) throw new ProxyError(code, { detail: "Content-Length is not a number" });
  return length;
};

/**
 * Whether the connection may carry another message after this one (RFC 9112 section 9.3). An HTTP/1.0 peer is never
 * kept: a proxy must not (appendix C.2.2).
 */
export const keepsConnection = ({ minorVersion, fields }: RequestHead | ResponseHead): boolean => {
  if (minorVersion === 0) return false;
  const options = fields.joined("connection");
  if (options === undefined || options === "keep-alive") return true;
  return !listMembers(options).includes("close");
};
