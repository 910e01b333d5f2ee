import { ClientRole, type OpenListener } from "./client-role.ts";
import type { Http2Core } from "./core.ts";
import { type DialectVariant, writeDialectHead } from "./dialect-head.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * Speaks to a server of the Rust original: CONNECT names the server itself and is answered before it dials; the head
 * goes out behind the answer, whole and in a frame of its own, since that server reads once.
 */
export class DialectClientRole extends ClientRole {
  readonly #authority: string;
  readonly #variant: DialectVariant;

  /** `authority` is the server's address as configured. */
  constructor(core: Http2Core, authority: string, variant: DialectVariant) {
    super(core);
    this.#authority = authority;
    this.#variant = variant;
  }

  override open(target: string, listener: OpenListener): Http2Stream | undefined {
    return super.open(this.#authority, {
      opened: (stream) => {
        stream.write(writeDialectHead(this.#variant, target));
        listener.opened(stream);
      },
      failed: (error) => listener.failed(error),
    });
  }
}
