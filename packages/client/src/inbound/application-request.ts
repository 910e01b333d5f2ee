import type { Target } from "@octoproxy/lib/address/target";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";

/** The door by which an application came in, as it stands in logs. */
export type Door = "connect" | "socks5" | "socks4" | "forward";

/**
 * An application asks for a tunnel. Exactly one of `succeed` and `fail` is called, once; where the application has
 * gone meanwhile (`cancelled`) they do nothing.
 */
export interface ApplicationRequest {
  readonly door: Exclude<Door, "forward">;
  readonly target: Target;
  /** `ip:port` of the application. */
  readonly source: string;
  /** Aborted with a ProxyError `ABORTED` when the application goes away before it has its answer. */
  readonly cancelled: AbortSignal;
  /** The application's side, to be owned after `succeed`; bytes that came early come first. */
  readonly stream: ByteStream;
  /** Tells the application that its tunnel stands. */
  succeed(): void;
  /**
   * Tells the application what failed, in its door's words, and ends its connection once it had time to read them.
   * @param members of the hops behind this client and of the client itself, in that order; without them the client's
   *   own member is made from the error.
   */
  fail(error: ProxyError, members?: readonly ProxyStatusMember[]): void;
}
