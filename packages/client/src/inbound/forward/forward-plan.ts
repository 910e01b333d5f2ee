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
 * @throws ProxyError `BAD_REQUEST` where it cannot be served or has two readings, `PROXY_LOOP`,
 *   `METHOD_NOT_ALLOWED` where its hops are used up.
 */
export const planForward = (request: RequestHead, pseudonym: string): ForwardPlan => {
  const { method, fields } = request;
  // Before its form is judged: who asks the proxy for itself comes back with a path alone.
  if (hasPassed(fields.joined("via"), pseudonym)) throw new ProxyError("PROXY_LOOP");
  const framing = requestBodyFraming(request);
  const { target, path } = absoluteTarget(request);
  const upgrade = wantedUpgrade(request, framing);
  const maxForwards = hopsLeft(request);
  return {
    method,
    target,
    head: writeRequestHead(request, { target, path, framing, pseudonym, upgrade, maxForwards }),
    framing,
    upgrade,
    keepsConnection: keepsConnection(request),
    isOld: request.minorVersion === 0,
    repeatable: framing === 0 && upgrade === undefined && idempotent.has(method),
  };
};

const absoluteTarget = ({ target }: RequestHead): { target: Target; path: string } => {
  if (target.form !== "absolute") {
    const detail = "it is a proxy and takes http://host/path, CONNECT and SOCKS, not a path alone";
    throw new ProxyError("BAD_REQUEST", { detail });
  }
  if (target.scheme !== "http") {
    const detail = `a proxy takes http here, and https by CONNECT, not "${target.scheme}"`;
    throw new ProxyError("BAD_REQUEST", { detail });
  }
  return target;
};

/** RFC 9110 section 7.6.2: TRACE and OPTIONS count their hops; with none left they are meant for us. */
const hopsLeft = ({ method, fields }: RequestHead): number | undefined => {
  const value = fields.get("max-forwards");
  if (value === undefined || (method !== "TRACE" && method !== "OPTIONS")) return undefined;
  if (!/^\d{1,9}$/.test(value))
    throw new ProxyError("BAD_REQUEST", { detail: "Max-Forwards is not a number" });
  if (Number(value) > 0) return Number(value) - 1;
  throw new ProxyError("METHOD_NOT_ALLOWED", { detail: `${method} is not served by the proxy itself` });
};

const wantedUpgrade = ({ minorVersion, fields }: RequestHead, framing: BodyFraming): string | undefined => {
  const upgrade = fields.joined("upgrade");
  if (upgrade === undefined || minorVersion === 0 || framing !== 0) return undefined;
  if (!listMembers(fields.joined("connection") ?? "").includes("upgrade")) return undefined;
  const protocols = listMembers(upgrade).map((protocol) => protocol.split("/")[0]!);
  return protocols.some((protocol) => upgradesOfOneHop.has(protocol)) ? undefined : upgrade;
};
