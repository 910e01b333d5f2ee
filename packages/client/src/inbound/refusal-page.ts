import { formatTarget, type Target } from "@octoproxy/lib/address/target";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { formatProxyStatus, type ProxyStatusMember, refusalOf } from "@octoproxy/lib/tunnel/proxy-status";

/** Not imported: a module that imports `node:http` loads all of Node's `fetch` with it (6 ms, 2 MB). */
const reasonOf = (status: number): string =>
  process.getBuiltinModule("node:http").STATUS_CODES[status] ?? "Error";

/** What this proxy calls itself in Proxy-Status. */
const identity = "octoproxy-client";

export interface RefusedRequest {
  /** Unknown where the request could not be read. */
  readonly target?: Target | undefined;
  readonly method?: string | undefined;
}

/**
 * A refusal in HTTP: status, Proxy-Status, and one sentence for a person. The connection closes behind it.
 * @param members as for `ApplicationRequest.fail`.
 */
export const refusalPage = (
  error: ProxyError,
  members: readonly ProxyStatusMember[] = refusalOf(error, identity).members,
  { target, method }: RefusedRequest = {},
): Buffer => {
  const { status } = error.traits;
  const page = Buffer.from(`${sentence(error, members, target)}\n`);
  const head =
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\n` +
    `Proxy-Status: ${formatProxyStatus(members)}\r\n` +
    `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n`;
  return method === "HEAD" ? Buffer.from(head, "latin1") : Buffer.concat([Buffer.from(head, "latin1"), page]);
};

const sentence = (
  error: ProxyError,
  members: readonly ProxyStatusMember[],
  target: Target | undefined,
): string => {
  // The sentences of the table speak of "the target": the address that was tried says more.
  const what =
    error.nextHop === undefined ? error.message : error.message.replace(/^the target(?= )/, error.nextHop);
  const end = /[.!?]$/.test(what) ? what : `${what}.`;
  if (error.traits.fault === "application" || target === undefined)
    return `octoproxy refused the request: ${end}`;
  const backend = members.findLast((member) => member.identity === identity)?.nextHop;
  const through = backend === undefined ? "" : ` through ${backend}`;
  return `octoproxy could not reach ${formatTarget(target)}${through}: ${end}`;
};
