import type { Target } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { type BodyFraming, keepsConnection, requestBodyFraming } from "@octoproxy/lib/http1/body-framing";
import { listMembers } from "@octoproxy/lib/http1/fields";
import { hasPassed, writeRequestHead } from "@octoproxy/lib/http1/head-writer";
import type { RequestHead } from "@octoproxy/lib/http1/request-head";

/** What is to be done for a request that was understood. */
export interface ForwardPlan {
  readonly method: string;
  readonly target: Target;
  /** The head for the origin, in ISO 8859-1. */
  readonly head: string;
  readonly framing: BodyFraming;
  /** What the application wishes to switch to, where that is passed on. */
  readonly upgrade: string | undefined;
  /** The application takes another answer on this connection. */
  readonly keepsConnection: boolean;
  /** It speaks HTTP/1.0: no chunks, no interim answers. */
  readonly isOld: boolean;
  /** It may be sent a second time without harm (RFC 9110 section 9.2.2) and has no body. */
  readonly repeatable: boolean;
}

const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Upgrades that concern one hop only: neither side could follow through a tunnel that was meant for HTTP/1.1. */
const upgradesOfOneHop: ReadonlySet<string> = new Set(["h2c", "h2", "tls", "http"]);

/**
 * Judges a request in absolute form.
 * @throws ProxyError `BAD_REQUEST` where it cannot be served or has two readings, `PROXY_LOOP`.
 */
export const planForward = (request: RequestHead, pseudonym: string): ForwardPlan => {
  const framing = requestBodyFraming(request);
  const { method, fields } = request;
  const { target, path } = absoluteTarget(request);
  if (hasPassed(fields.joined("via"), pseudonym)) throw new ProxyError("PROXY_LOOP");
  const upgrade = wantedUpgrade(request, framing);
  return {
    method,
    target,
    head: writeRequestHead(request, { target, path, framing, pseudonym, upgrade }),
    framing,
    upgrade,
    keepsConnection: keepsConnection(request),
    isOld: request.minorVersion === 0,
    repeatable: framing === 0 && upgrade === undefined && idempotent.has(method),
  };
};

const absoluteTarget = ({ target }: RequestHead): { target: Target; path: string } => {
  if (target.form !== "absolute") {
    const detail = "this is a proxy: it takes http://host/path, CONNECT and SOCKS, not a path alone";
    throw new ProxyError("BAD_REQUEST", { detail });
  }
  if (target.scheme !== "http") {
    const detail = `"${target.scheme}" is not forwarded: only http is, and https by CONNECT`;
    throw new ProxyError("BAD_REQUEST", { detail });
  }
  return target;
};

const wantedUpgrade = ({ minorVersion, fields }: RequestHead, framing: BodyFraming): string | undefined => {
  const upgrade = fields.joined("upgrade");
  if (upgrade === undefined || minorVersion === 0 || framing !== 0) return undefined;
  if (!listMembers(fields.joined("connection") ?? "").includes("upgrade")) return undefined;
  const protocols = listMembers(upgrade).map((protocol) => protocol.split("/")[0]!);
  return protocols.some((protocol) => upgradesOfOneHop.has(protocol)) ? undefined : upgrade;
};
