import type { Socket } from "node:net";
import type { Target } from "../address/target.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { alternateFamilies } from "./address-order.ts";
import { ConnectRace } from "./connect-race.ts";
import type { Resolver } from "./resolver.ts";

/**
 * Reaches a backend: its name is resolved anew, and all its addresses are tried by Happy Eyeballs.
 * @throws ProxyError `BACKEND_UNREACHABLE` in words; the signal's reason when it is aborted.
 */
export const dialSocket = async (
  { host, port }: Target,
  resolver: Pick<Resolver, "resolve">,
  signal: AbortSignal,
): Promise<Socket> => {
  try {
    const addresses = alternateFamilies(await resolver.resolve(host, signal));
    return (await new ConnectRace({ addresses, port, shared: false }, signal).run()).socket;
  } catch (cause) {
    signal.throwIfAborted();
    throw new ProxyError("BACKEND_UNREACHABLE", { detail: sentence(host, cause), cause });
  }
};

/** The table's sentences speak of "the target", which is the backend here. */
const sentence = (host: string, cause: unknown): string => {
  const { message, nextHop = host } = cause as ProxyError;
  return message.replace(/^the (target|name)(?= )/, nextHop);
};
