import { ProxyError } from "../../error/proxy-error.ts";
import { errorOfRefusal, parseProxyStatus } from "../../tunnel/proxy-status.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import type { Http2Core } from "./core.ts";
import type { CoreRole } from "./core-contract.ts";
import { DiscardingOwner } from "./discarding-owner.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import { areTrailersMalformed, readResponseHead } from "./message-head.ts";
import { type Http2Stream, streamState } from "./stream.ts";
import { errorCode } from "./wire-constants.ts";

/** Told about the answer to a CONNECT, once. */
export interface OpenListener {
  opened(stream: TunnelStream): void;
  failed(error: ProxyError): void;
}

/** The client's side of heads: sends CONNECT, waits for the answer. */
export class ClientRole implements CoreRole {
  readonly abortCode = errorCode.cancel;
  readonly #core: Http2Core;
  readonly #waiting = new Map<number, OpenListener>();
  /** Streams whose answer was a refusal; their bodies are thrown away. */
  readonly #refused = new Set<number>();

  constructor(core: Http2Core) {
    this.#core = core;
  }

  /** Sends CONNECT. The caller has looked at the stream limit. */
  open(target: string, listener: OpenListener): Http2Stream | undefined {
    const id = this.#core.table.nextId();
    if (id === undefined) return undefined;
    this.#core.table.use(id);
    const stream = this.#core.addStream(id);
    this.#waiting.set(id, listener);
    this.#core.sendHead(
      id,
      [
        [":method", "CONNECT"],
        [":authority", target],
      ],
      false,
    );
    return stream;
  }

  /** Gives up on an answer. */
  cancel(stream: Http2Stream): void {
    if (this.#waiting.delete(stream.id)) stream.reset();
  }

  head(stream: Http2Stream | undefined, id: number, fields: HeaderField[], endStream: boolean): void {
    const core = this.#core;
    if (stream === undefined) {
      if (id > core.table.lastId || id % 2 === 0) core.table.checkNew(id);
      return;
    }
    const listener = this.#waiting.get(id);
    if ((stream.state & streamState.remoteEnded) !== 0) {
      core.streamFault(id, errorCode.streamClosed, "HEADERS after END_STREAM");
      return;
    }
    if (listener === undefined) {
      this.#trailers(stream, fields, endStream);
      return;
    }
    const head = readResponseHead(fields);
    if (head === undefined || (head.status < 200 && endStream)) {
      core.streamFault(id, errorCode.protocolError, "a malformed response");
      return;
    }
    if (head.status < 200) {
      core.budget.control(core.now);
      return;
    }
    this.#waiting.delete(id);
    const refused = head.status > 299;
    if (refused && !endStream) this.#refused.add(id);
    if (endStream) core.remoteEnd(stream);
    if (!refused) {
      listener.opened(stream);
      return;
    }
    stream.own(new DiscardingOwner(stream, () => this.#refused.delete(id)));
    stream.end();
    const members = parseProxyStatus(head.proxyStatus);
    listener.failed(errorOfRefusal({ status: head.status, members }));
  }

  lost(stream: Http2Stream, error: ProxyError, code: number | undefined): void {
    const listener = this.#waiting.get(stream.id);
    this.#waiting.delete(stream.id);
    this.#refused.delete(stream.id);
    // RFC 9113 section 8.1: so a server says behind a whole answer that it needs no more. Nghttpx ends tunnels so, and a
    // reset would take bytes from the application that it has not read yet.
    if (code === errorCode.noError && (stream.state & streamState.remoteEnded) !== 0) {
      stream.receiveStop(error);
      return;
    }
    stream.receiveReset(error);
    listener?.failed(code === undefined || error.code !== "RESET" ? error : beforeReply(error, code));
  }

  #trailers(stream: Http2Stream, fields: HeaderField[], endStream: boolean): void {
    if (!endStream || !this.#refused.has(stream.id) || areTrailersMalformed(fields)) {
      // RFC 9113 section 8.5: a tunnel carries DATA and nothing else.
      this.#core.streamFault(stream.id, errorCode.protocolError, "HEADERS inside a tunnel");
    } else {
      this.#core.remoteEnd(stream);
    }
  }
}

const beforeReply = (error: ProxyError, code: number): ProxyError =>
  code === errorCode.refusedStream
    ? new ProxyError("BACKEND_DRAINING")
    : new ProxyError("BACKEND_LOST", { detail: error.message });
