import type { ProxyError } from "../../error/proxy-error.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import type { Http2Stream } from "./stream.ts";

/** What the core tells the shell around it. All calls are synchronous; none may throw. */
export interface CoreHost {
  /** Something waits in the output: write it within this turn of the loop. */
  wake(): void;
  /** The peer's first SETTINGS arrived. */
  ready(): void;
  /** The peer said GOAWAY. `words` are its debug data as sent. */
  goaway(code: number, words: string): void;
  /** We end the connection: GOAWAY is in the output, nothing more is parsed. Write it and close within a second. */
  fail(error: ProxyError): void;
  /** A stream is done. */
  streamDone(): void;
}

/** What differs between client and server: the meaning of heads. */
export interface CoreRole {
  /** A header list; `stream` is undefined where none of that number is open. Throws Http2Fault. */
  head(stream: Http2Stream | undefined, id: number, fields: HeaderField[], endStream: boolean): void;
  /** All frames of what was read at once are done. */
  received?(): void;
  /** The stream ended early: by the peer's reset with that code, or with the connection (code undefined). */
  lost(stream: Http2Stream, error: ProxyError, code: number | undefined): void;
  /** About twice a second, where the role has deadlines of its own. */
  tick?(now: number): void;
  /** Code of RST_STREAM for an owner that gives up. */
  readonly abortCode: number;
}
