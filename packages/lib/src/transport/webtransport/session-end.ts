import type { PackageSession } from "./package-face.ts";

/** How long the other side may take to close after our last word. */
const lastWordMs = 1_000;

/** Closes a session in words, and ends the connection under it where the other side does not answer in time. */
export const endSession = (session: PackageSession, cut: () => void): void => {
  const timer = setTimeout(cut, lastWordMs);
  session.closed
    .catch(() => undefined)
    .then(() => {
      clearTimeout(timer);
      cut();
    });
  try {
    session.close({ closeCode: 0, reason: "" });
  } catch {
    cut();
  }
};
