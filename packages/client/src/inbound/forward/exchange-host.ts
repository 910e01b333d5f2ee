import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";
import type { ForwardSurroundings } from "./forward-surroundings.ts";

/** The application's side of an exchange. */
export interface ExchangeHost {
  readonly stream: ByteStream;
  readonly surroundings: ForwardSurroundings;
  /** `false` from the application's `write`: nothing more until it drains. */
  writeBlocked(): void;
  /** The exchange takes bytes now: its tunnel is open, or was switched to another protocol, or drained. */
  exchangeReady(): void;
  /** The answer is complete; `keep` says whether the connection takes another request. */
  exchangeDone(keep: boolean): void;
  /** It failed before an answer began: the application is to be told. */
  exchangeFailed(error: ProxyError, members: readonly ProxyStatusMember[] | undefined): void;
  /** It failed within an answer: only a reset is honest. */
  exchangeCut(error: ProxyError): void;
}
