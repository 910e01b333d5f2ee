import type { Target } from "../address/target.ts";
import type { BodyFraming } from "./body-framing.ts";
import { forwardedFieldLines } from "./hop-by-hop.ts";
import { formatHostField } from "./host-field.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

export interface RequestRewrite {
  readonly target: Target;
  /** Origin-form, or `*`. */
  readonly path: string;
  readonly framing: BodyFraming;
  /** Hops that are left to the request, where it counts them (RFC 9110 section 7.6.2). */
  readonly maxForwards?: number | undefined;
  /** Our name in Via. */
  readonly pseudonym: string;
  /** What the request asks to switch to, where that is passed on. */
  readonly upgrade?: string | undefined;
}

/**
 * The head that the origin gets: built from the parsed parts, nothing of the bytes that came. The URI decides Host; the
 * connection to the origin is kept.
 */
export const writeRequestHead = (head: RequestHead, rewrite: RequestRewrite): string => {
  let text = `${head.method} ${rewrite.path} HTTP/1.1\r\nHost: ${formatHostField(rewrite.target)}\r\n`;
  text += forwardedFieldLines(head.fields);
  text += viaLine(head, rewrite.pseudonym);
  if (rewrite.maxForwards !== undefined) text += `Max-Forwards: ${rewrite.maxForwards}\r\n`;
  const sawLength = rewrite.framing === 0 && head.fields.count("content-length") > 0;
  if (rewrite.framing !== 0 || sawLength) text += framingLine(rewrite.framing);
  if (rewrite.upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${rewrite.upgrade}\r\n`;
  return `${text}\r\n`;
};

export interface ResponseRewrite {
  /** As the application gets it: a body that ends with the connection needs `close`. */
  readonly framing: BodyFraming | "as-declared";
  readonly pseudonym: string;
  /** The application's connection ends behind this answer. */
  readonly close: boolean;
  readonly upgrade?: string | undefined;
}

/** The head that the application gets, built from the parsed parts. */
export const writeResponseHead = (head: ResponseHead, rewrite: ResponseRewrite): string => {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${forwardedFieldLines(head.fields)}`;
  text += viaLine(head, rewrite.pseudonym);
  if (rewrite.framing !== "as-declared") text += framingLine(rewrite.framing);
  else text += declaredLengthLine(head);
  if (rewrite.upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${rewrite.upgrade}\r\n`;
  else if (rewrite.close) text += "Connection: close\r\n";
  return `${text}\r\n`;
};

/** RFC 9110 section 7.6.3: members of hops before us, then ours with the version that we received. */
const viaLine = ({ fields, minorVersion }: RequestHead | ResponseHead, pseudonym: string): string => {
  const earlier = fields.joined("via");
  const own = `1.${minorVersion} ${pseudonym}`;
  return earlier === undefined ? `Via: ${own}\r\n` : `Via: ${earlier}, ${own}\r\n`;
};

const framingLine = (framing: BodyFraming): string => {
  if (framing === "chunked") return "Transfer-Encoding: chunked\r\n";
  return framing === "until-close" ? "" : `Content-Length: ${framing}\r\n`;
};

/** An answer without a body may still say how long one would have been (HEAD, 304): RFC 9110 section 8.6. */
const declaredLengthLine = ({ status, fields }: ResponseHead): string => {
  const length = fields.get("content-length");
  return length === undefined || status < 200 || status === 204 ? "" : `Content-Length: ${length}\r\n`;
};

/** Whether a Via field shows that the message has passed the proxy of this name. */
export const hasPassed = (via: string | undefined, pseudonym: string): boolean =>
  via?.split(",").some((member) => member.trim().split(/[ \t]+/)[1] === pseudonym) ?? false;
