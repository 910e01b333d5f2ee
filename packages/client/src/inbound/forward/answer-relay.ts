import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { keepsConnection, responseBodyFraming } from "@octoproxy/lib/http1/body-framing";
import { BodyReader } from "@octoproxy/lib/http1/body-reader";
import type { ResponseHead } from "@octoproxy/lib/http1/response-head";
import type { ByteStream } from "@octoproxy/lib/transport/tunnel-stream";
import { answerHead, isSwitch, keptMs } from "./answer-head.ts";
import type { ForwardPlan } from "./forward-plan.ts";
import type { OriginConnection } from "./origin-connection.ts";
import { writePart, writeTogether } from "./write-together.ts";

/** Interim answers to one request: more than anybody needs. */
const maxInterim = 32;

/** What the application's connection can take behind this answer. */
export interface AnswerTerms {
  readonly stream: ByteStream;
  readonly pseudonym: string;
  /** Whether another request may follow, as things stand when the answer begins. */
  readonly mayKeep: boolean;
}

/** The answer to one request on its way from the origin to the application. */
export class AnswerRelay {
  readonly #plan: ForwardPlan;
  readonly #terms: AnswerTerms;
  #interim = 0;
  #head: ResponseHead | undefined;
  #body: BodyReader | undefined;
  #endsWithConnection = false;
  /** The body passes as it came; else only the payload of its chunks does. */
  #passes = true;
  #flows = true;
  #transient = false;
  /** Of the body, as it came. */
  bytes = 0;
  /** The application's connection takes another request. */
  keepsApplication = false;
  /** Bytes came behind the end of the answer: what else comes from there could be anybody's. */
  overran = false;
  /** Both sides have switched to another protocol: bytes pass as they are. */
  switched = false;

  constructor(plan: ForwardPlan, terms: AnswerTerms) {
    this.#plan = plan;
    this.#terms = terms;
  }

  /** The final status, once its head has gone to the application. */
  get status(): number | undefined {
    return this.#head?.status;
  }

  /** No head, not even an interim one, has been read. */
  get untouched(): boolean {
    return this.#head === undefined && this.#interim === 0;
  }

  get done(): boolean {
    return this.#body?.done ?? false;
  }

  /** The origin's FIN completes the answer. */
  get endsWithConnection(): boolean {
    return this.#endsWithConnection;
  }

  /** For how long the origin's connection may wait for another request; 0 is not at all. */
  get keptMs(): number {
    const head = this.#head;
    if (head === undefined || this.overran || this.#endsWithConnection || !keepsConnection(head)) return 0;
    return keptMs(head);
  }

  /**
   * Passes on what the origin sent.
   * @returns false when the application is to drain first.
   * @throws ProxyError `BAD_RESPONSE`.
   */
  read(chunk: Uint8Array, origin: OriginConnection): boolean {
    this.#flows = true;
    this.#transient = origin.stream.transient;
    if (this.switched) this.#pass(chunk, 0, chunk.length);
    else if (this.#body === undefined) this.#readHeads(chunk, origin);
    else this.#readBody(chunk, 0);
    return this.#flows;
  }

  #readHeads(chunk: Uint8Array, { heads }: OriginConnection): void {
    for (let at = heads.feed(chunk, 0); at >= 0; at = heads.feed(chunk, at)) {
      const head = heads.take();
      if (head.status >= 200) {
        this.#begin(head, chunk, at);
        return;
      }
      if (head.status === 101) {
        this.#switch(head, chunk, at);
        return;
      }
      if (++this.#interim > maxInterim) {
        throw badResponse(`the target sent more than ${maxInterim} interim answers`);
      }
      if (!this.#plan.isOld) this.#write(this.#headText(head, "as-declared", false));
    }
  }

  #begin(head: ResponseHead, chunk: Uint8Array, at: number): void {
    const framing = responseBodyFraming(head, this.#plan.method);
    const unchunk = framing === "chunked" && this.#plan.isOld;
    this.#endsWithConnection = framing === "until-close";
    this.keepsApplication = this.#terms.mayKeep && !this.#endsWithConnection && !unchunk;
    this.#body = new BodyReader(framing, "BAD_RESPONSE", unchunk ? this.#passPayload : undefined);
    this.#passes = !unchunk;
    const text = this.#headText(head, unchunk ? "until-close" : framing, !this.keepsApplication);
    if (unchunk) {
      this.#head = head;
      this.#write(text);
      this.#readBody(chunk, at);
      return;
    }
    const end = this.#body.take(chunk, at);
    this.#head = head;
    this.#writeTogether(text, chunk, at, end);
    this.overran = this.done && end < chunk.length;
  }

  #readBody(chunk: Uint8Array, at: number): void {
    const body = this.#body!;
    const end = body.take(chunk, at);
    if (this.#passes) this.#pass(chunk, at, end);
    this.overran = body.done && end < chunk.length;
  }

  #switch(head: ResponseHead, chunk: Uint8Array, at: number): void {
    if (!isSwitch(head, this.#plan)) {
      throw badResponse("the target switched to a protocol that was not asked for");
    }
    this.switched = true;
    this.#head = head;
    this.#writeTogether(this.#headText(head, "as-declared", false), chunk, at, chunk.length);
  }

  #headText(head: ResponseHead, framing: Parameters<typeof answerHead>[2], close: boolean): string {
    return answerHead(head, this.#plan, framing, this.#terms.pseudonym, close);
  }

  #writeTogether(text: string, chunk: Uint8Array, start: number, end: number): void {
    this.bytes += end - start;
    if (!writeTogether(this.#terms.stream, text, chunk, start, end, this.#transient)) this.#flows = false;
  }

  #write(text: string): void {
    this.#writeTogether(text, noBytes, 0, 0);
  }

  #pass(chunk: Uint8Array, start: number, end: number): void {
    this.bytes += end - start;
    if (!writePart(this.#terms.stream, chunk, start, end, this.#transient)) this.#flows = false;
  }

  readonly #passPayload = (chunk: Uint8Array, start: number, end: number): void => {
    this.#pass(chunk, start, end);
  };
}

const noBytes = new Uint8Array(0);

const badResponse = (detail: string): ProxyError => new ProxyError("BAD_RESPONSE", { detail });
