/** What went wrong, in one sentence for the person who typed the command. */
export class EasycertError extends Error {
  override readonly name = "EasycertError";
  /** 2 where the command was used wrongly, 1 where it failed. */
  readonly status: 1 | 2;

  constructor(status: 1 | 2, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

export const wrongUsage = (message: string): EasycertError => new EasycertError(2, message);
export const failure = (message: string, cause?: unknown): EasycertError =>
  new EasycertError(1, message, cause);
