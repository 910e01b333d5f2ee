import type { Http2Settings } from "./http2-settings.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * The credit that a stream's reader has earned; 0 while it is less than half the window, so that a WINDOW_UPDATE is
 * rare. With `adaptiveWindow` a window that is used up within two round trips was too small for the path: it doubles,
 * up to the connection's.
 * @param roundTripMs the shortest seen, undefined before the first.
 */
export const creditDue = (
  stream: Http2Stream,
  settings: Http2Settings,
  now: number,
  roundTripMs: number | undefined,
): number => {
  if (stream.owed * 2 < stream.window) return 0;
  let increment = stream.owed;
  stream.owed = 0;
  if (settings.adaptiveWindow && roundTripMs !== undefined) {
    const wider = Math.min(stream.window * 2, settings.connectionWindow);
    if (wider > stream.window && now - stream.creditedAt < 2 * roundTripMs) {
      increment += wider - stream.window;
      stream.window = wider;
    }
    stream.creditedAt = now;
  }
  stream.receiveWindow += increment;
  return increment;
};
