import type { HeaderField } from "./hpack/header-field.ts";

/** A request's head, as far as a proxy that serves CONNECT alone needs it. */
export interface RequestHead {
  readonly method: string;
  /** `host:port` of CONNECT; empty for other methods where it is absent. */
  readonly authority: string;
  /** Of `content-length`; undefined where there is none. */
  readonly contentLength: number | undefined;
}

/** A response's head. */
export interface ResponseHead {
  readonly status: number;
  readonly proxyStatus: string;
}

const connectionSpecific = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
const requestPseudo = new Set([":method", ":scheme", ":authority", ":path", ":protocol"]);
const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const forbiddenInValue = /[\0\r\n]/;

/** RFC 9113 section 8.2: what makes any field malformed. */
const isFieldMalformed = (name: string, value: string): boolean =>
  !fieldName.test(name) ||
  connectionSpecific.has(name) ||
  (name === "te" && value !== "trailers") ||
  forbiddenInValue.test(value);

/** @returns undefined where the request is malformed (RFC 9113 section 8.1.1): a stream error. */
export const readRequestHead = (fields: readonly HeaderField[]): RequestHead | undefined => {
  const pseudo = new Map<string, string>();
  let contentLength: number | undefined;
  let regular = false;
  for (const [name, value] of fields) {
    if (name.charCodeAt(0) === 0x3a) {
      if (regular || pseudo.has(name) || !requestPseudo.has(name) || forbiddenInValue.test(value)) return;
      pseudo.set(name, value);
      continue;
    }
    regular = true;
    if (isFieldMalformed(name, value)) return;
    if (name !== "content-length") continue;
    if (!/^\d{1,15}$/.test(value)) return;
    if (contentLength !== undefined && contentLength !== Number(value)) return;
    contentLength = Number(value);
  }
  const method = pseudo.get(":method");
  const authority = pseudo.get(":authority") ?? "";
  if (method === undefined || method === "" || pseudo.has(":protocol")) return;
  if (method === "CONNECT") {
    if (authority === "" || pseudo.size !== 2) return;
  } else if (!pseudo.has(":scheme") || !pseudo.get(":path")) return;
  return { method, authority, contentLength };
};

/** @returns undefined where the response is malformed. */
export const readResponseHead = (fields: readonly HeaderField[]): ResponseHead | undefined => {
  let status: number | undefined;
  let proxyStatus = "";
  let regular = false;
  for (const [name, value] of fields) {
    if (name === ":status") {
      if (regular || status !== undefined || !/^[1-9]\d\d$/.test(value)) return;
      status = Number(value);
      continue;
    }
    regular = true;
    if (isFieldMalformed(name, value)) return;
    if (name === "proxy-status") proxyStatus = proxyStatus === "" ? value : `${proxyStatus}, ${value}`;
  }
  return status === undefined ? undefined : { status, proxyStatus };
};

/** Trailers carry no pseudo-header fields (RFC 9113 section 8.1). */
export const areTrailersMalformed = (fields: readonly HeaderField[]): boolean =>
  fields.some(([name, value]) => isFieldMalformed(name, value));
