import type { Duplex } from "node:stream";
import { ProxyError } from "../../error/proxy-error.ts";
import type { ClientConnection, PeerIdentity } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { ClientRole } from "./client-role.ts";
import { Http2Connection, type PipedProtocol } from "./connection.ts";
import { DialectClientRole } from "./dialect-client-role.ts";
import type { DialectVariant } from "./dialect-head.ts";
import type { Http2Settings } from "./http2-settings.ts";
import { errorCode, errorCodeName } from "./wire-constants.ts";

/** The client's side of a connection. Made by `connectHttp2`. */
export class Http2ClientConnection extends Http2Connection implements ClientConnection {
  readonly #role: ClientRole;
  #ready = false;
  #onReady: ((error: ProxyError | undefined) => void) | undefined;

  /** `dialect`: the server is one of the Rust original, at the address that `authority` names. */
  constructor(
    socket: Duplex,
    settings: Http2Settings,
    peer: PeerIdentity,
    remoteAddress: string,
    dialect?: { readonly authority: string; readonly variant: DialectVariant },
    protocol?: PipedProtocol,
  ) {
    super("client", socket, settings, peer, remoteAddress, protocol);
    this.#role =
      dialect === undefined
        ? new ClientRole(this.core)
        : new DialectClientRole(this.core, dialect.authority, dialect.variant);
    this.core.role = this.#role;
  }

  /** Starts; resolves when the server accepted us: its SETTINGS came, and no GOAWAY with them. */
  established(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onReady = (error) => (error === undefined ? resolve() : reject(error));
      this.start();
    });
  }

  get streamLimit(): number {
    return this.core.peer.maxConcurrentStreams;
  }

  open(target: string, signal: AbortSignal): Promise<TunnelStream> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.draining) {
      return Promise.reject(
        new ProxyError(this.core.over && this.farewell === undefined ? "BACKEND_LOST" : "BACKEND_DRAINING"),
      );
    }
    if (this.openStreams + this.core.pacer.length >= this.streamLimit) {
      return Promise.reject(new ProxyError("STREAM_LIMIT"));
    }
    return new Promise<TunnelStream>((resolve, reject) => {
      this.core.now = performance.now();
      const stream = this.#role.open(target, {
        opened: (opened) => {
          signal.removeEventListener("abort", onAbort);
          resolve(opened);
        },
        failed: (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      });
      if (stream === undefined) return reject(new ProxyError("BACKEND_DRAINING"));
      const onAbort = (): void => {
        this.core.now = performance.now();
        this.#role.cancel(stream);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  override ready(): void {
    this.#ready = true;
  }

  protected override afterReceive(): void {
    const onReady = this.#onReady;
    if (onReady === undefined) return;
    if (this.farewell !== undefined) {
      this.#onReady = undefined;
      onReady(errorOfFarewell(this.farewell.code, this.farewell.words));
    } else if (this.core.over) {
      this.#onReady = undefined;
      void this.closed.then((error) => onReady(error ?? new ProxyError("BACKEND_LOST")));
    } else if (this.#ready) {
      this.#onReady = undefined;
      onReady(undefined);
    }
  }

  protected override sayGoaway(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a GOAWAY means that came before we were accepted. */
const errorOfFarewell = (code: number, words: string): ProxyError => {
  const detail = words === "" ? undefined : words;
  if (code === errorCode.inadequateSecurity) return new ProxyError("CERTIFICATE_REFUSED", { detail });
  if (code === errorCode.enhanceYourCalm) return new ProxyError("CLIENT_LIMIT", { detail });
  if (code === errorCode.noError) return new ProxyError("BACKEND_DRAINING", { detail });
  return new ProxyError("BACKEND_LOST", { detail: detail ?? `the server said ${errorCodeName(code)}` });
};
