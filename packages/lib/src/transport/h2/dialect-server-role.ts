import { ProxyError } from "../../error/proxy-error.ts";
import type { Refusal } from "../../tunnel/proxy-status.ts";
import type { Connection, IncomingTunnel, ListenerHandlers } from "../transport.ts";
import type { StreamOwner, TunnelStream } from "../tunnel-stream.ts";
import type { Http2Core } from "./core.ts";
import type { CoreRole } from "./core-contract.ts";
import { readDialectHead } from "./dialect-head.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import { readRequestHead } from "./message-head.ts";
import { mayBegin } from "./new-stream.ts";
import type { Http2Stream } from "./stream.ts";
import { errorCode } from "./wire-constants.ts";

/** How long a head may take from the `200` on. */
const headDeadlineMs = 10_000;

/**
 * Serves clients of the Rust original: `200` at once, whatever CONNECT names, since such a client marks the whole
 * backend closed after any other answer. Then the head in DATA. A dial that fails is RST_STREAM CANCEL.
 */
export class DialectServerRole implements CoreRole {
  readonly abortCode = errorCode.cancel;
  readonly core: Http2Core;
  readonly connection: Connection;
  readonly #tunnel: ListenerHandlers["tunnel"];
  /** Streams whose head is not whole, in the order of their arrival. */
  readonly #heads = new Map<number, HeadReader>();
  readonly #tunnels = new Map<number, DialectTunnel>();

  constructor(core: Http2Core, connection: Connection, tunnel: ListenerHandlers["tunnel"]) {
    this.core = core;
    this.connection = connection;
    this.#tunnel = tunnel;
  }

  head(stream: Http2Stream | undefined, id: number, fields: HeaderField[], endStream: boolean): void {
    const { core } = this;
    if (stream !== undefined) {
      core.streamFault(id, errorCode.protocolError, "HEADERS inside a tunnel");
      return;
    }
    if (!mayBegin(core, id)) return;
    if (readRequestHead(fields)?.method !== "CONNECT" || endStream) {
      core.streamFault(id, errorCode.protocolError, "only CONNECT is served here");
      return;
    }
    const opened = core.addStream(id);
    core.sendHead(id, [[":status", "200"]], false);
    const reader = new HeadReader(this, opened, core.now);
    this.#heads.set(id, reader);
    opened.own(reader);
  }

  lost(stream: Http2Stream, error: ProxyError): void {
    this.#heads.delete(stream.id);
    stream.receiveReset(error);
    this.#tunnels.get(stream.id)?.cancel();
    this.#tunnels.delete(stream.id);
  }

  tick(now: number): void {
    for (const [id, reader] of this.#heads) {
      if (now - reader.since < headDeadlineMs) return;
      this.#heads.delete(id);
      reader.stream.reset();
    }
  }

  /** The head is whole. */
  begin(stream: Http2Stream, authority: string): void {
    this.#heads.delete(stream.id);
    const tunnel = new DialectTunnel(authority, this, stream);
    this.#tunnels.set(stream.id, tunnel);
    this.#tunnel(tunnel);
  }

  /** The stream ended without a head: a health check, or nonsense. */
  giveUp(stream: Http2Stream): void {
    this.#heads.delete(stream.id);
    stream.reset();
  }

  answered(stream: Http2Stream): boolean {
    return this.#tunnels.delete(stream.id);
  }
}

/** Owns a stream until its head is whole. */
class HeadReader implements StreamOwner {
  readonly stream: Http2Stream;
  readonly since: number;
  readonly #role: DialectServerRole;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(role: DialectServerRole, stream: Http2Stream, since: number) {
    this.#role = role;
    this.stream = stream;
    this.since = since;
  }

  data(chunk: Uint8Array): boolean {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    try {
      const head = readDialectHead(this.#bytes);
      if (head === undefined) return true;
      this.stream.handBack(this.#bytes.subarray(head.length));
      this.#role.begin(this.stream, head.authority);
    } catch {
      this.#role.giveUp(this.stream);
    }
    return true;
  }

  drain(): void {}

  end(): void {
    this.#role.giveUp(this.stream);
  }

  reset(): void {}
}

/** A tunnel of the dialect: it counts as answered before anybody was asked. */
class DialectTunnel implements IncomingTunnel {
  readonly authority: string;
  readonly #role: DialectServerRole;
  readonly #stream: Http2Stream;
  readonly #controller = new AbortController();

  constructor(authority: string, role: DialectServerRole, stream: Http2Stream) {
    this.authority = authority;
    this.#role = role;
    this.#stream = stream;
  }

  get connection(): Connection {
    return this.#role.connection;
  }

  get cancelled(): AbortSignal {
    return this.#controller.signal;
  }

  accept(): TunnelStream {
    this.#role.answered(this.#stream);
    return this.#stream;
  }

  refuse(_refusal: Refusal): void {
    if (this.#role.answered(this.#stream)) this.#stream.reset();
  }

  cancel(): void {
    this.#controller.abort(new ProxyError("ABORTED"));
  }
}
