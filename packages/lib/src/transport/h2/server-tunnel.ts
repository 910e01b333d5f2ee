import { ProxyError } from "../../error/proxy-error.ts";
import { formatProxyStatus, type Refusal } from "../../tunnel/proxy-status.ts";
import type { Connection, IncomingTunnel } from "../transport.ts";
import type { TunnelStream } from "../tunnel-stream.ts";
import { DiscardingOwner } from "./discarding-owner.ts";
import type { ServerRole } from "./server-role.ts";
import type { Http2Stream } from "./stream.ts";
import { answerWhole } from "./whole-answer.ts";

/** A CONNECT that waits for its answer. */
export class ServerTunnel implements IncomingTunnel {
  readonly authority: string;
  readonly #role: ServerRole;
  readonly #stream: Http2Stream;
  /** Made when somebody asks: most tunnels are answered before anybody wants to know. */
  #controller: AbortController | undefined;
  #cancelled = false;

  constructor(authority: string, role: ServerRole, stream: Http2Stream) {
    this.authority = authority;
    this.#role = role;
    this.#stream = stream;
  }

  get connection(): Connection {
    return this.#role.connection;
  }

  get isCancelled(): boolean {
    return this.#cancelled;
  }

  get cancelled(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled) this.#controller.abort(givenUp);
    return this.#controller.signal;
  }

  accept(): TunnelStream {
    const stream = this.#stream;
    if (this.#role.answered(stream)) this.#role.core.sendHead(stream.id, okHead, false);
    return stream;
  }

  refuse(refusal: Refusal): void {
    const stream = this.#stream;
    if (!this.#role.answered(stream)) return;
    const body = Buffer.from(`${refusal.members.at(-1)?.details ?? "refused"}\n`, "utf8");
    const head = [
      [":status", String(refusal.status)],
      ["proxy-status", formatProxyStatus(refusal.members)],
      ["content-type", "text/plain; charset=utf-8"],
    ] as const;
    answerWhole(this.#role.core, stream, head, body);
    stream.own(new DiscardingOwner(stream));
  }

  /** The client gave up, or the connection died. */
  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort(givenUp);
  }
}

/** One for all: a connection may take thousands of tunnels with it. */
const givenUp = new ProxyError("ABORTED");
const okHead = [[":status", "200"]] as const;
