import { ProxyError } from "../../error/proxy-error.ts";
import type { Connection, ListenerHandlers } from "../transport.ts";
import type { Http2Core } from "./core.ts";
import type { CoreRole } from "./core-contract.ts";
import { DiscardingOwner } from "./discarding-owner.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import { areTrailersMalformed, readRequestHead } from "./message-head.ts";
import { mayBegin } from "./new-stream.ts";
import { ServerTunnel } from "./server-tunnel.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { answerWhole } from "./whole-answer.ts";
import { errorCode } from "./wire-constants.ts";

/** The server's side of heads: CONNECT becomes a tunnel, any other request is told that it is not served. */
export class ServerRole implements CoreRole {
  readonly abortCode = errorCode.connectError;
  readonly core: Http2Core;
  readonly connection: Connection;
  readonly #tunnel: ListenerHandlers["tunnel"];
  /** Tunnels without an answer. */
  readonly #waiting = new Map<number, ServerTunnel>();
  /** Those of them that came with what is being read. */
  #fresh: ServerTunnel[] = [];
  /** Requests other than CONNECT whose body is still to come, with the length that they promised. */
  readonly #unserved = new Map<number, DiscardingOwner>();

  constructor(core: Http2Core, connection: Connection, tunnel: ListenerHandlers["tunnel"]) {
    this.core = core;
    this.connection = connection;
    this.#tunnel = tunnel;
  }

  head(stream: Http2Stream | undefined, id: number, fields: HeaderField[], endStream: boolean): void {
    const core = this.core;
    if (stream !== undefined) {
      this.#trailers(stream, fields, endStream);
      return;
    }
    if (!mayBegin(core, id)) return;
    const head = readRequestHead(fields);
    const isEmptyBodyWrong = endStream && (head?.contentLength ?? 0) > 0;
    if (head === undefined || isEmptyBodyWrong) {
      core.streamFault(id, errorCode.protocolError, "a malformed request");
      return;
    }
    const opened = core.addStream(id);
    if (head.method !== "CONNECT") {
      this.#refuseMethod(opened, head.contentLength, endStream);
      return;
    }
    const tunnel = new ServerTunnel(head.authority, this, opened);
    this.#waiting.set(id, tunnel);
    if (endStream) core.remoteEnd(opened);
    this.#fresh.push(tunnel);
  }

  /** What was cancelled in the same breath costs nobody anything: a rapid reset is no dial and no log line. */
  received(): void {
    if (this.#fresh.length === 0) return;
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const tunnel of fresh) if (!tunnel.isCancelled) this.#tunnel(tunnel);
  }

  lost(stream: Http2Stream, error: ProxyError): void {
    this.#unserved.delete(stream.id);
    const tunnel = this.#waiting.get(stream.id);
    this.#waiting.delete(stream.id);
    stream.receiveReset(error);
    tunnel?.cancel();
  }

  /** A tunnel is about to be answered. @returns false when that is too late, or was done. */
  answered(stream: Http2Stream): boolean {
    return this.#waiting.delete(stream.id) && (stream.state & streamState.dead) === 0;
  }

  #trailers(stream: Http2Stream, fields: HeaderField[], endStream: boolean): void {
    const { core } = this;
    if ((stream.state & streamState.remoteEnded) !== 0) {
      core.streamFault(stream.id, errorCode.streamClosed, "HEADERS after END_STREAM");
    } else if (!endStream || !this.#unserved.has(stream.id) || areTrailersMalformed(fields)) {
      // RFC 9113 section 8.5: a tunnel carries DATA and nothing else.
      core.streamFault(stream.id, errorCode.protocolError, "HEADERS inside a stream");
    } else {
      core.remoteEnd(stream);
    }
  }

  #refuseMethod(stream: Http2Stream, contentLength: number | undefined, endStream: boolean): void {
    const { core } = this;
    core.budget.otherMethod(core.now);
    answerWhole(core, stream, methodNotAllowed, methodBody);
    if (endStream) {
      core.remoteEnd(stream);
      return;
    }
    const owner = new DiscardingOwner(stream, (total) => {
      this.#unserved.delete(stream.id);
      if (contentLength === undefined || contentLength === total) return;
      core.streamFault(stream.id, errorCode.protocolError, "content-length and body differ");
    });
    this.#unserved.set(stream.id, owner);
    stream.own(owner);
  }
}

const methodBody = Buffer.from(`${new ProxyError("METHOD_NOT_ALLOWED").message}\n`);
const methodNotAllowed = [
  [":status", "405"],
  ["allow", "CONNECT"],
  ["content-type", "text/plain; charset=utf-8"],
] as const;
