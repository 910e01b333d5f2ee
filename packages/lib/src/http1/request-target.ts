import { parseTarget, type Target } from "../address/target.ts";
import { ProxyError } from "../error/proxy-error.ts";

/** The four forms of RFC 9112 section 3.2, kept apart: which one it is decides what the request means. */
export type RequestTarget =
  | { readonly form: "authority"; readonly target: Target }
  | {
      readonly form: "absolute";
      /** Lower case. */
      readonly scheme: string;
      readonly target: Target;
      /** Path and query for the origin; `*` for OPTIONS without either. No fragment. */
      readonly path: string;
    }
  | { readonly form: "origin"; readonly path: string }
  | { readonly form: "asterisk" };

/**
 * Reads a request target by its method. Userinfo and fragment of a URI are dropped.
 * @throws ProxyError `BAD_REQUEST`.
 */
export const parseRequestTarget = (method: string, text: string): RequestTarget => {
  if (method === "CONNECT") return { form: "authority", target: parseTarget(text) };
  if (text.startsWith("/")) return { form: "origin", path: text };
  if (text === "*" && method === "OPTIONS") return { form: "asterisk" };
  return parseAbsolute(method, text);
};

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443 };

const parseAbsolute = (method: string, text: string): RequestTarget => {
  const colon = text.indexOf("://");
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (scheme !== "http" && !/^[a-z][a-z0-9+.-]*$/.test(scheme))
    throw malformed("the request target is not a URI");
  const start = colon + 3;
  const end = endOfAuthority(text, start);
  const at = text.lastIndexOf("@", end - 1);
  // RFC 3986 section 3.2.1, so that no other reader finds another host: neither a second @ nor a backslash.
  if (at >= start && !/^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/.test(text.slice(start, at))) {
    throw malformed("the URI's userinfo is malformed");
  }
  const hostAndPort = text.slice(at >= start ? at + 1 : start, end);
  const target = parseTarget(hasPort(hostAndPort) ? hostAndPort : withPort(hostAndPort, scheme));
  const fragment = text.indexOf("#", end);
  const path = text.slice(end, fragment < 0 ? undefined : fragment);
  return { form: "absolute", scheme, target, path: originForm(method, path) };
};

const endOfAuthority = (text: string, start: number): number => {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2f || code === 0x3f || code === 0x23) return at;
  }
  return text.length;
};

/** Whether a digit stands at the end and only digits between it and a colon. */
const hasPort = (hostAndPort: string): boolean => {
  let at = hostAndPort.length - 1;
  while (at >= 0 && hostAndPort.charCodeAt(at) >= 0x30 && hostAndPort.charCodeAt(at) <= 0x39) at--;
  return at >= 0 && at < hostAndPort.length - 1 && hostAndPort.charCodeAt(at) === 0x3a;
};

/** An empty port is the scheme's (RFC 3986 section 6.2.3). */
const withPort = (host: string, scheme: string): string =>
  `${host.replace(/:$/, "")}:${defaultPorts[scheme] ?? 0}`;

/** RFC 9112 sections 3.2.1 and 3.2.4. */
const originForm = (method: string, path: string): string => {
  if (path === "") return method === "OPTIONS" ? "*" : "/";
  return path.startsWith("?") ? `/${path}` : path;
};

const malformed = (what: string): ProxyError => new ProxyError("BAD_REQUEST", { detail: what });
