import type { Target } from "@octoproxy/lib/address/target";
import { readHost, splitPort } from "./host-and-port.ts";
import { RuleFault } from "./rule-fault.ts";

/** What takes the target's place. Without a port the target's own is kept. */
export interface Rewrite {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * Reads `host`, `host:port`, `[v6]:port` or an IPv6 address.
 * @throws RuleFault
 */
export const parseRewrite = (text: string): Rewrite => {
  const { host, port } = splitPort(text);
  return { host: readHost(host), port };
};

/** What is wrong with a rule's `rewrite`, as the end of a sentence; undefined where nothing is. */
export const validateRewrite = (text: string): string | undefined => {
  try {
    parseRewrite(text);
    return undefined;
  } catch (error) {
    if (error instanceof RuleFault) return error.message;
    throw error;
  }
};

export const rewriteTarget = (target: Target, rewrite: Rewrite | undefined): Target =>
  rewrite === undefined ? target : { host: rewrite.host, port: rewrite.port ?? target.port };
