import { errorCode } from "./wire-constants.ts";

/**
 * The peer broke HTTP/2, or more than we let it do, so that the connection must end: GOAWAY with `code`.
 * Only the core throws and catches it.
 */
export class Http2Fault extends Error {
  override readonly name = "Http2Fault";
  /** Error code of RFC 9113 section 7. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export const protocolFault = (reason: string): Http2Fault => new Http2Fault(errorCode.protocolError, reason);
export const sizeFault = (reason: string): Http2Fault => new Http2Fault(errorCode.frameSizeError, reason);
