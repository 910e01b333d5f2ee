/** Where lines go in the end. One write at a time. */
export interface LogWriter {
  /** Calls back once, with the error where some of it was not written. Never throws. */
  write(text: string, done: (error: Error | undefined) => void): void;
}

export interface LogSinkOptions {
  /** A line that says how many others are missing, with its newline. */
  readonly tellDropped: (lines: number) => string;
  /** What may wait for a slow reader; past it new lines are dropped. */
  readonly maxWaitingChars?: number;
}

/** Enough for some thousand lines; a reader that is further behind is stuck. */
const defaultMaxWaitingChars = 4 * 1024 * 1024;
const maxWriteChars = 64 * 1024;

/**
 * Takes log lines and never stops, blocks or kills the process for them: lines that cannot be written (a full disk,
 * a closed pipe) or that nobody reads in time are dropped and counted, and the log tells it as soon as it can.
 */
export class LogSink {
  readonly #writer: LogWriter;
  readonly #tellDropped: (lines: number) => string;
  readonly #maxWaitingChars: number;
  readonly #flushing = new Set<() => void>();
  #waiting: string[] = [];
  #waitingChars = 0;
  #writing = false;
  #dropped = 0;
  #untold = 0;
  #tells = false;

  constructor(writer: LogWriter, options: LogSinkOptions) {
    this.#writer = writer;
    this.#tellDropped = options.tellDropped;
    this.#maxWaitingChars = options.maxWaitingChars ?? defaultMaxWaitingChars;
  }

  /** Lines lost since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param line with its newline. */
  write(line: string): void {
    if (this.#waitingChars + line.length > this.#maxWaitingChars) {
      this.#drop(1);
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (!this.#writing) this.#writeNext();
  }

  /** Resolves when every line that was taken is written or dropped, at the latest after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#flushing.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#flushing.add(done);
    });
  }

  #writeNext(): void {
    const told = this.#tells ? this.#untold : 0;
    const { text, lines } = this.#take();
    this.#writing = true;
    this.#writer.write(told > 0 ? this.#tellDropped(told) + text : text, (error) => {
      this.#writing = false;
      if (error === undefined) this.#untold -= told;
      else this.#drop(lines);
      // Lines go through again: the next write says first what is missing.
      this.#tells = error === undefined && this.#untold > 0;
      if (this.#waiting.length > 0 || this.#tells) this.#writeNext();
      else for (const done of this.#flushing) done();
    });
  }

  #take(): { text: string; lines: number } {
    let text = "";
    let lines = 0;
    while (lines < this.#waiting.length && text.length < maxWriteChars) text += this.#waiting[lines++];
    this.#waiting = lines === this.#waiting.length ? [] : this.#waiting.slice(lines);
    this.#waitingChars -= text.length;
    return { text, lines };
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }
}
