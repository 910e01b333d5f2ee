import type { Duplex } from "node:stream";
import type { ErrorCode } from "../../error/codes.ts";
import type { ProxyError } from "../../error/proxy-error.ts";
import { writeGoaway, writePreface, writeSettings } from "./frame-writer.ts";
import { OutputBlock } from "./output-block.ts";
import { readRecords } from "./read-records.ts";
import { errorCode } from "./wire-constants.ts";

/** How long a refused peer may take to close. */
const lastWordMs = 1_000;

const codes: Partial<Record<ErrorCode, number>> = {
  BACKEND_CERTIFICATE: errorCode.inadequateSecurity,
  CERTIFICATE_REFUSED: errorCode.inadequateSecurity,
  CLIENT_LIMIT: errorCode.enhanceYourCalm,
  OVERLOADED: errorCode.enhanceYourCalm,
  DRAINING: errorCode.noError,
};

/**
 * Turns the other side away in words: empty SETTINGS, as the protocol wants it first, and GOAWAY with the sentence, in
 * one TLS record, so that both are seen at once. Not a byte of the peer is parsed.
 * @param role which side we are.
 */
export const refuseSocket = (socket: Duplex, error: ProxyError, role: "client" | "server"): void => {
  const out = new OutputBlock();
  if (role === "client") writePreface(out);
  writeSettings(out, []);
  writeGoaway(out, 0, codes[error.code] ?? errorCode.inadequateSecurity, error.message);
  socket.on("error", () => {});
  // What it still says is thrown away, without a buffer for each record.
  readRecords(socket, () => {});
  socket.end(out.bytes.subarray(0, out.length));
  const timer = setTimeout(() => socket.destroy(), lastWordMs);
  socket.once("close", () => clearTimeout(timer));
};
