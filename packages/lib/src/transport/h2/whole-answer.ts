import type { Http2Core } from "./core.ts";
import type { HeaderField } from "./hpack/header-field.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * Sends a whole answer and the end of the stream, also where the block is full: who does not read is not to make us
 * keep a stream for each request. Where the windows do not take the body it waits for them.
 */
export const answerWhole = (
  core: Http2Core,
  stream: Http2Stream,
  head: readonly HeaderField[],
  body: Uint8Array,
): void => {
  core.sendHead(stream.id, [...head, ["content-length", String(body.length)]], false);
  if (core.sender.fits(stream, body.length)) core.sender.writeNow(stream, body);
  else stream.write(body);
  stream.end();
};
