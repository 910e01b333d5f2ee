import type { ErrorCode } from "../error/codes.ts";
import { ProxyError } from "../error/proxy-error.ts";
import { defaultHeadLimits, type HeadLimits } from "./head-limits.ts";

/** How one kind of head is read: {@link requestHeads}, {@link responseHeads}. */
export interface HeadGrammar<Head> {
  /** What a malformed head is reported as. */
  readonly code: ErrorCode;
  /** Empty lines that may stand before the start line (RFC 9112 section 2.2 allows them to a request). */
  readonly leadingEmptyLines: number;
  /** Judges a start line whose head is not complete yet, so that a hopeless one is refused at once. */
  judgeStartLine(line: string): void;
  /** Reads a whole head: lines that end in CRLF, without the last empty one, free of control characters. */
  parse(text: string): Head;
}

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const DEL = 0x7f;

/** By their code: bytes that may stand in a line. A look at a table costs half of what comparisons do. */
const plain = new Uint8Array(256).fill(1).fill(0, 0, 0x20);
plain[HT] = 1;
plain[DEL] = 0;

/**
 * Finds a head in bytes that arrive in any pieces, and reads it. Every byte is looked at once and judged: lines end in
 * CRLF and nothing else, no control characters, nothing longer than the limits. One parser reads one head after another.
 */
export class HeadParser<Head> {
  readonly #grammar: HeadGrammar<Head>;
  readonly #limits: HeadLimits;
  #kept = Buffer.alloc(0);
  #keptLength = 0;
  #head: Head | undefined;
  #headBytes = 0;
  #lineBytes = 0;
  #lines = 0;
  #emptyLines = 0;
  #previous = 0;
  #startLineJudged = false;

  constructor(grammar: HeadGrammar<Head>, limits: HeadLimits = defaultHeadLimits) {
    this.#grammar = grammar;
    this.#limits = limits;
  }

  /** Whether bytes of a head that is not complete have been taken. */
  get started(): boolean {
    return this.#headBytes > 0;
  }

  /**
   * Takes bytes of `chunk` from index `from` on.
   * @returns the index behind the head when it is complete ({@link take} gives it), or -1 when all bytes were taken
   *   and more are needed.
   * @throws ProxyError with the grammar's code. The parser is of no use afterwards.
   */
  feed(chunk: Uint8Array, from: number): number {
    const { maxHeadBytes, maxLineBytes, maxFields } = this.#limits;
    const end = chunk.length;
    let start = from;
    let previous = this.#previous;
    let lineBytes = this.#lineBytes;
    for (let at = from; at < end; at++) {
      if (previous !== CR) {
        const plainFrom = at;
        while (at < end && plain[chunk[at]!] === 1) at++;
        lineBytes += at - plainFrom;
        if (lineBytes > maxLineBytes) throw this.#malformed(`a line of more than ${maxLineBytes} bytes`);
        if (at === end) break;
      }
      const byte = chunk[at]!;
      if (byte === LF) {
        if (previous !== CR) throw this.#malformed("a line ends in a bare line feed");
        previous = 0;
        if (lineBytes > 0) {
          if (++this.#lines > maxFields + 1) throw this.#malformed(`more than ${maxFields} field lines`);
          lineBytes = 0;
        } else if (this.#lines > 0) {
          this.#complete(chunk, start, at - 1);
          return at + 1;
        } else {
          if (++this.#emptyLines > this.#grammar.leadingEmptyLines) throw this.#malformed("an empty line");
          start = at + 1;
          this.#keptLength = 0;
          this.#headBytes = from - start;
        }
      } else if (previous === CR) {
        throw this.#malformed("a carriage return within a line");
      } else if (byte === CR) {
        previous = CR;
      } else {
        throw this.#malformed("a control character");
      }
    }
    this.#previous = previous;
    this.#lineBytes = lineBytes;
    this.#headBytes += end - from;
    if (this.#headBytes > maxHeadBytes) throw this.#tooLong();
    this.#keep(chunk, start);
    if (this.#lines > 0 && !this.#startLineJudged) this.#judgeStartLine();
    return -1;
  }

  /** The head that was completed by {@link feed}; the parser is ready for the next one. */
  take(): Head {
    const head = this.#head;
    if (head === undefined) throw new Error("no head is complete");
    this.#head = undefined;
    return head;
  }

  #complete(chunk: Uint8Array, start: number, end: number): void {
    let text: string;
    if (this.#keptLength === 0) {
      text = latin1(chunk, start, end);
    } else {
      text = latin1(this.#kept, 0, this.#keptLength) + latin1(chunk, start, Math.max(start, end));
      // The head's last CR may have come with the piece before: it is not part of the text.
      if (end < start) text = text.slice(0, -1);
    }
    if (text.length + 2 > this.#limits.maxHeadBytes) throw this.#tooLong();
    this.#kept = Buffer.alloc(0);
    this.#keptLength = 0;
    this.#headBytes = 0;
    this.#lineBytes = 0;
    this.#lines = 0;
    this.#emptyLines = 0;
    this.#previous = 0;
    this.#startLineJudged = false;
    this.#head = this.#grammar.parse(text);
  }

  #keep(chunk: Uint8Array, start: number): void {
    const length = this.#keptLength + chunk.length - start;
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(512, length, 2 * this.#kept.length));
      this.#kept.copy(grown, 0, 0, this.#keptLength);
      this.#kept = grown;
    }
    this.#kept.set(start === 0 ? chunk : chunk.subarray(start), this.#keptLength);
    this.#keptLength = length;
  }

  #judgeStartLine(): void {
    this.#startLineJudged = true;
    this.#grammar.judgeStartLine(latin1(this.#kept, 0, this.#kept.indexOf(CR)));
  }

  #tooLong(): ProxyError {
    return this.#malformed(`a head of more than ${this.#limits.maxHeadBytes} bytes`);
  }

  #malformed(what: string): ProxyError {
    return new ProxyError(this.#grammar.code, { detail: `the head is malformed: ${what}` });
  }
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  (bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).toString(
    "latin1",
    start,
    end,
  );
