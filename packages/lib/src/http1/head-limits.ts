/** What a head may cost before it is refused. Lengths are in bytes, without the line end. */
export interface HeadLimits {
  /** The whole head, line ends included. */
  readonly maxHeadBytes: number;
  /** The start line, and each field line. */
  readonly maxLineBytes: number;
  /** Field lines. */
  readonly maxFields: number;
}

/** RFC 9112 section 3 asks for at least 8,000 bytes of request line; cookies and tokens need several times that. */
export const defaultHeadLimits: HeadLimits = {
  maxHeadBytes: 64 * 1024,
  maxLineBytes: 32 * 1024,
  maxFields: 200,
};
