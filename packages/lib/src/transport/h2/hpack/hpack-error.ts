/**
 * What a decoder can throw.
 * `COMPRESSION_ERROR`: the block cannot be read and both tables are out of step: the connection must end.
 * `LIST_TOO_LARGE`: the block was read to its end and the table is in step: refusing the stream is enough.
 */
export type HpackErrorCode = "COMPRESSION_ERROR" | "LIST_TOO_LARGE";

export class HpackError extends Error {
  override readonly name = "HpackError";
  readonly code: HpackErrorCode;

  constructor(code: HpackErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Shorthand for the error that ends the connection. */
export const broken = (message: string): HpackError => new HpackError("COMPRESSION_ERROR", message);
