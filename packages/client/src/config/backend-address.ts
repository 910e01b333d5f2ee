import { isIP } from "node:net";
import { parseTarget, type Target } from "@octoproxy/lib/address/target";

export interface BackendAddress extends Target {
  readonly text: string;
}

/** `host:port`, IPv6 in brackets; undefined where it is not. */
export const parseBackendAddress = (text: string): BackendAddress | undefined => {
  try {
    return { text, ...parseTarget(text) };
  } catch {
    return undefined;
  }
};

/** A DNS name or an IP literal, IPv6 with or without brackets. */
export const parseServerName = (text: string): string | undefined => {
  if (isIP(text) === 6) return text.toLowerCase();
  return parseBackendAddress(`${text}:443`)?.host;
};
