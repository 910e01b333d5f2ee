import type { Target } from "@octoproxy/lib/address/target";
import { type DeadlineQueue, QueuedDeadline } from "@octoproxy/lib/deadline/deadline-queue";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { RequestHead } from "@octoproxy/lib/http1/request-head";
import type { ByteStream, StreamOwner } from "@octoproxy/lib/transport/tunnel-stream";
import type { ApplicationRequest } from "./application-request.ts";
import { ApplicationStream } from "./application-stream.ts";
import { AskedTunnel, type RefusalWriter } from "./asked-tunnel.ts";
import { HttpDoor } from "./http-door.ts";
import { refusalPage } from "./refusal-page.ts";
import { SocksDoor } from "./socks/socks-door.ts";

/** What the connections of one listener share. */
export interface ConnectionSurroundings {
  /** Connections whose request is not complete. */
  readonly waiting: DeadlineQueue<ApplicationConnection>;
  /** Connections that were refused and may still read the answer. */
  readonly lingering: DeadlineQueue<ApplicationConnection>;
  /** An application was turned away before it had asked for something that could be served: for the log. */
  refused(source: string, error: ProxyError): void;
  /** An application asks for a tunnel. */
  request(request: ApplicationRequest): void;
  /** An application speaks plain HTTP; its stream is to be owned. @returns as `StreamOwner.data`. */
  forward(connection: ApplicationConnection, head: RequestHead, rest: Uint8Array): boolean;
}

/** One application's connection from its first byte to its answer. It begins by telling HTTP from SOCKS. */
export class ApplicationConnection extends QueuedDeadline implements StreamOwner {
  readonly stream: ApplicationStream;
  readonly source: string;
  readonly #surroundings: ConnectionSurroundings;
  /** Decided when it came in, told when it asks: until then nobody knows in which words. */
  readonly #unwelcome: ProxyError | undefined;
  #door: HttpDoor | SocksDoor | undefined;

  constructor(
    stream: ByteStream,
    source: string,
    unwelcome: ProxyError | undefined,
    surroundings: ConnectionSurroundings,
  ) {
    super();
    this.source = source;
    this.#unwelcome = unwelcome;
    this.#surroundings = surroundings;
    surroundings.waiting.add(this);
    this.stream = new ApplicationStream(stream, this);
  }

  data(chunk: Uint8Array): boolean {
    this.#door ??= this.#chooseDoor(chunk[0]!);
    return this.#door.data(chunk);
  }

  drain(): void {}

  end(): void {
    this.abandon();
  }

  reset(): void {
    this.abandon();
  }

  /** The door has read a request for a tunnel. `granted` and `refusal` are its words. */
  ask(
    door: ApplicationRequest["door"],
    target: Target,
    rest: Uint8Array,
    granted: Uint8Array,
    refusal: RefusalWriter,
  ): void {
    const unwelcome = this.#unwelcome;
    if (unwelcome !== undefined) {
      this.refuse(unwelcome, refusal(unwelcome));
      return;
    }
    this.#surroundings.waiting.delete(this);
    // What has been read is not needed for the life of the tunnel.
    this.#door = undefined;
    this.stream.leaveDoor(rest);
    this.#surroundings.request(new AskedTunnel(this, door, target, granted, refusal));
  }

  /** The door has read the head of a plain HTTP request. */
  forward(head: RequestHead, rest: Uint8Array): boolean {
    if (this.#unwelcome !== undefined) throw this.#unwelcome;
    this.#surroundings.waiting.delete(this);
    return this.#surroundings.forward(this, head, rest);
  }

  /** The door could not make sense of what came, or does not serve it: answers and closes. */
  refuse(error: ProxyError, answer: Uint8Array): void {
    this.#surroundings.waiting.delete(this);
    this.#surroundings.refused(this.source, error);
    this.stream.leaveDoor();
    this.endWith(answer);
  }

  /** The application left before it had asked for anything, or is no longer wanted. */
  abandon(): void {
    this.#surroundings.waiting.delete(this);
    this.#surroundings.lingering.delete(this);
    this.stream.reset();
  }

  /** The request did not come in time: who has begun to speak HTTP is told so. */
  expire(): void {
    if (!(this.#door instanceof HttpDoor && this.#door.started)) {
      this.abandon();
      return;
    }
    const error = new ProxyError("REQUEST_TIMEOUT");
    this.refuse(error, refusalPage(error));
  }

  /**
   * The last answer, on a stream that nobody owns. What the application still sends is read and dropped until it closes or its time is over: a
   * socket closed over unread bytes is reset, and the answer lost with it.
   */
  endWith(answer: Uint8Array): void {
    const { stream } = this;
    stream.write(answer);
    stream.end();
    const { lingering } = this.#surroundings;
    lingering.add(this);
    stream.own({
      data: () => true,
      drain: () => {},
      end: () => lingering.delete(this),
      reset: () => lingering.delete(this),
    });
  }

  #chooseDoor(first: number): HttpDoor | SocksDoor {
    return first === 4 || first === 5 ? new SocksDoor(this, first) : new HttpDoor(this);
  }
}
