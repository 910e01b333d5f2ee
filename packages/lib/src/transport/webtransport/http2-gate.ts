import type { Http2SecureServer, Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { pingOnlyTheLiving, sessionPath } from "./outer-layer.ts";
import { peerOf, type Strangers } from "./strangers.ts";

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => void;

/**
 * Stands before the HTTP/2 server inside the package: one request a connection reaches it, and only the one that our
 * client makes; WebSockets and HTTP/1 do not. What it throws ends that connection, not the process (1.6.8: a stranger
 * who names a stream of the server's is enough).
 */
export class Http2Gate {
  readonly #strangers: Strangers;
  readonly #inner: readonly OnStream[];
  /** By `ip:port`. */
  readonly #sessions = new Map<string, Http2Session>();

  constructor(server: Http2SecureServer, strangers: Strangers) {
    this.#strangers = strangers;
    this.#inner = server.listeners("stream") as unknown as OnStream[];
    server.removeAllListeners("stream");
    server.removeAllListeners("upgrade");
    // Before the package's own listener, which pings at once.
    server.prependListener("session", pingOnlyTheLiving);
    server.on("connection", (socket: Socket) => this.#strangers.add(socket));
    server.on("secureConnection", (socket: TLSSocket) => {
      if (socket.alpnProtocol !== "h2") socket.destroy();
    });
    server.on("stream", (stream, headers, flags) =>
      this.#onStream(stream as ServerHttp2Stream, headers, flags),
    );
  }

  /** The connection from `ip:port`, once it has asked for a session. */
  connectionOf(peer: string): Http2Session | undefined {
    return this.#sessions.get(peer);
  }

  destroy(): void {
    for (const session of [...this.#sessions.values()]) session.destroy();
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number): void {
    const { session } = stream;
    stream.on("error", () => {});
    if (session?.socket?.remoteAddress === undefined) {
      stream.destroy();
      return;
    }
    const peer = peerOf(session.socket);
    if (this.#sessions.has(peer)) {
      session.destroy();
      return;
    }
    this.#sessions.set(peer, session);
    session.once("close", () => this.#sessions.delete(peer));
    const wanted = headers[":method"] === "CONNECT" && headers[":protocol"] === "webtransport";
    if (!wanted || headers[":path"] !== sessionPath) {
      stream.respond({ ":status": 404 }, { endStream: true });
      session.close();
      return;
    }
    this.#contain(stream, session, peer);
    try {
      for (const inner of this.#inner) inner(stream, headers, flags);
    } catch {
      session.destroy();
    }
  }

  /** What a listener of the stream throws ends its connection; and none is told of bytes beyond a stranger's share. */
  #contain(stream: ServerHttp2Stream, session: Http2Session, peer: string): void {
    const emit = stream.emit;
    stream.emit = (...args: Parameters<typeof emit>): boolean => {
      try {
        if (args[0] !== "readable" || !this.#strangers.tooMuch(peer)) return emit.apply(stream, args);
      } catch {
        // As with too much.
      }
      session.destroy();
      return true;
    };
  }
}
