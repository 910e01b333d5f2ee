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
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/.exec(text);
  if (match === null) throw malformed("the request target is not a URI");
  const scheme = match[1]!.toLowerCase();
  const authority = match[2]!;
  const at = authority.lastIndexOf("@");
  // RFC 3986 section 3.2.1, so that no other reader finds another host: neither a second @ nor a backslash.
  if (!/^[A-Za-z0-9._~!$&'()*+,;=:%-]*$/.test(authority.slice(0, Math.max(at, 0)))) {
    throw malformed("the URI's userinfo is malformed");
  }
  const hostAndPort = authority.slice(at + 1);
  const port = /:\d+$/.test(hostAndPort) ? "" : `:${defaultPorts[scheme] ?? 0}`;
  const target = parseTarget(hostAndPort.replace(/:$/, "") + port);
  return { form: "absolute", scheme, target, path: originForm(method, match[3]!) };
};

/** RFC 9112 sections 3.2.1 and 3.2.4. */
const originForm = (method: string, path: string): string => {
  if (path === "") return method === "OPTIONS" ? "*" : "/";
  return path.startsWith("?") ? `/${path}` : path;
};

const malformed = (what: string): ProxyError => new ProxyError("BAD_REQUEST", { detail: what });
