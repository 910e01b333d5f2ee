import type { Target } from "@octoproxy/lib/address/target";
import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ProxyStatusMember } from "@octoproxy/lib/tunnel/proxy-status";
import type { ApplicationConnection } from "./application-connection.ts";
import type { ApplicationRequest } from "./application-request.ts";
import type { ApplicationStream } from "./application-stream.ts";

/** Puts a refusal in the words of a door. */
export type RefusalWriter = (error: ProxyError, members?: readonly ProxyStatusMember[]) => Uint8Array;

/** A request for a tunnel as a door read it, with the door's words for the answer. */
export class AskedTunnel implements ApplicationRequest {
  readonly door: ApplicationRequest["door"];
  readonly target: Target;
  readonly #connection: ApplicationConnection;
  readonly #granted: Uint8Array;
  readonly #refusal: RefusalWriter;
  #answered = false;

  constructor(
    connection: ApplicationConnection,
    door: ApplicationRequest["door"],
    target: Target,
    granted: Uint8Array,
    refusal: RefusalWriter,
  ) {
    this.#connection = connection;
    this.door = door;
    this.target = target;
    this.#granted = granted;
    this.#refusal = refusal;
  }

  get source(): string {
    return this.#connection.source;
  }

  get stream(): ApplicationStream {
    return this.#connection.stream;
  }

  get cancelled(): AbortSignal {
    return this.stream.broken;
  }

  succeed(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.stream.write(this.#granted);
  }

  fail(error: ProxyError, members?: readonly ProxyStatusMember[]): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#connection.endWith(this.#refusal(error, members));
  }
}
