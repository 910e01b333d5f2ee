import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { isLoopback } from "../config/networks.ts";

/** What of a request decides whether it is let in. */
export interface GateRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
  /** `/healthz` and its kin never ask for a token. */
  readonly open: boolean;
}

export interface GateOptions {
  /** Bound to a loopback address: only names of this machine are `Host`s. */
  readonly loopback: boolean;
  readonly token: string | undefined;
}

export interface Rejection {
  readonly status: 401 | 403;
  /** A sentence without its full stop. */
  readonly error: string;
}

/**
 * Whether a request may go on. Against web pages: a foreign `Origin` is refused, and on loopback a foreign `Host`, which
 * is what DNS rebinding shows; browsers cannot forge either. Against everybody else: the token.
 */
export const judgeRequest = (
  request: GateRequest,
  { loopback, token }: GateOptions,
): Rejection | undefined => {
  const { host, origin, fetchSite, authorization, open } = request;
  if (loopback && !isLocalName(hostName(host))) {
    return { status: 403, error: "the Host header names another host; ask 127.0.0.1 or localhost" };
  }
  if (origin !== undefined && origin !== `http://${host}`) return fromPage;
  if (!open && (fetchSite === "cross-site" || fetchSite === "same-site")) return fromPage;
  if (open || token === undefined) return undefined;
  if (authorization === undefined)
    return { status: 401, error: "a token is required (Authorization: Bearer …)" };
  return isToken(authorization, token) ? undefined : { status: 401, error: "the token is another one" };
};

const fromPage: Rejection = { status: 403, error: "web pages may not use the admin API" };

/** Of `name:port` or `[v6]:port`, lower case, without brackets. */
const hostName = (host = ""): string =>
  /^(?:\[([^\]]+)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(host.toLowerCase())?.slice(1).find(Boolean) ?? "";

const isLocalName = (name: string): boolean =>
  name === "localhost" || name === "localhost." || (isIP(name) !== 0 && isLoopback(name));

/** In a time that does not depend on how much of it is right. */
const isToken = (authorization: string, token: string): boolean => {
  const [scheme = "", given = ""] = authorization.split(/ +/, 2);
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token)) && scheme.toLowerCase() === "bearer";
};
