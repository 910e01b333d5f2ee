import { isIP } from "node:net";
import { formatTarget, type Target } from "../address/target.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { SocketStream } from "../splice/socket-stream.ts";
import { alternateFamilies } from "./address-order.ts";
import { ConnectRace, type RaceWinner } from "./connect-race.ts";
import type { Resolver } from "./resolver.ts";
import type { TargetJudge } from "./target-judge.ts";

export interface DialOptions {
  readonly resolver: Pick<Resolver, "resolve">;
  /** Default: everything may be reached. */
  readonly judge?: TargetJudge | undefined;
}

export interface Dialed {
  /** Paused until owned; TCP_NODELAY, keep-alive, half-open. Its chunks are valid only during the call. */
  readonly stream: SocketStream;
  /** `ip:port` that answered. */
  readonly address: string;
}

/**
 * Reaches a target: judges the name, resolves it once, judges every address, connects to one of those very addresses
 * by Happy Eyeballs.
 * @param signal the deadline too: one that aborts with `CONNECTION_TIMEOUT` is told as `DNS_TIMEOUT` where the name
 *   servers were to blame, with the address that did not answer where they were not.
 * @throws ProxyError `DNS_ERROR`, `DNS_TIMEOUT`, `TARGET_PROHIBITED`, and with `nextHop` `CONNECTION_REFUSED`,
 *   `CONNECTION_TIMEOUT`, `TARGET_UNROUTABLE`, `CONNECTION_TERMINATED`, `OVERLOADED` (no descriptor or no port left);
 *   the signal's reason when it is aborted otherwise. Then nothing is left open.
 */
export const dial = async (
  target: Target,
  { resolver, judge }: DialOptions,
  signal: AbortSignal,
): Promise<Dialed> => {
  const { port } = target;
  const verdict = judge?.judgeHost(target) ?? "allowed";
  if (verdict === "denied") throw prohibited(target);
  const resolved = isIP(target.host) !== 0 ? [target.host] : await resolve(target.host, resolver, signal);
  const allowed =
    verdict === "allowed"
      ? resolved
      : resolved.filter((address) => judge?.judgeAddress(address, port) ?? true);
  if (allowed.length === 0) throw prohibited(target);
  const race = new ConnectRace({ addresses: alternateFamilies(allowed), port, shared: true }, signal);
  let winner: RaceWinner;
  try {
    winner = await race.run();
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const nextHop = formatTarget({ host: allowed[0]!, port });
    throw new ProxyError("CONNECTION_TIMEOUT", { nextHop, cause: error });
  }
  const stream = new SocketStream(winner.socket, { transient: true });
  if (signal.aborted) {
    stream.reset();
    throw signal.reason;
  }
  return { stream, address: formatTarget({ host: winner.address, port }) };
};

const resolve = async (
  host: string,
  resolver: DialOptions["resolver"],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  try {
    return await resolver.resolve(host, signal);
  } catch (error) {
    throw isTimeout(error) ? new ProxyError("DNS_TIMEOUT", { cause: error }) : error;
  }
};

/** A deadline's word, which does not know yet what was waited for. */
const isTimeout = (error: unknown): boolean =>
  error instanceof ProxyError && error.code === "CONNECTION_TIMEOUT" && error.nextHop === undefined;

const prohibited = (target: Target): ProxyError =>
  new ProxyError("TARGET_PROHIBITED", {
    detail: `the server's egress rules forbid ${formatTarget(target)}`,
  });
