import { tlsAlertOf } from "./tls-alert.ts";

/** What happened. Decide by it; `message` is for people. */
export type QuicErrorCode =
  /** The addon is neither prebuilt for this platform nor built from source. */
  | "UNAVAILABLE"
  /** An option or argument is out of its range. */
  | "BAD_OPTION"
  /** The socket could not be bound, or failed later. */
  | "SOCKET"
  /** Closed on this side. */
  | "CLOSED"
  /** The other application closed the connection: `peerCode` and its words. */
  | "CLOSED_BY_PEER"
  /** The other side's TLS refused us: `alert`. */
  | "REFUSED_BY_PEER"
  /** We refused the other side's TLS: `alert`. */
  | "REFUSED"
  /** QUIC itself failed, on either side. */
  | "TRANSPORT"
  /** Silence for the idle timeout, or a handshake over its deadline. */
  | "TIMEOUT"
  /** The other side has forgotten the connection: it was restarted (stateless reset). */
  | "FORGOTTEN"
  /** RESET_STREAM from the peer: `peerCode`. */
  | "RESET"
  /** STOP_SENDING from the peer: `peerCode`. */
  | "STOPPED"
  /** A fault of this library; other connections go on. */
  | "FAULT";

export interface QuicErrorOptions {
  readonly peerCode?: number | undefined;
  readonly alert?: number | undefined;
  readonly transportCode?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly cause?: unknown;
}

export class QuicError extends Error {
  override readonly name = "QuicError";
  readonly code: QuicErrorCode;
  /** The other application's code, for CLOSED_BY_PEER, RESET and STOPPED. */
  readonly peerCode: number | undefined;
  /** TLS alert (RFC 8446 section 6), for REFUSED and REFUSED_BY_PEER. */
  readonly alert: number | undefined;
  /** QUIC transport code (RFC 9000 section 20.1). */
  readonly transportCode: number | undefined;
  readonly remoteAddress: string | undefined;

  constructor(code: QuicErrorCode, message: string, options: QuicErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.peerCode = options.peerCode;
    this.alert = options.alert;
    this.transportCode = options.transportCode;
    this.remoteAddress = options.remoteAddress;
  }
}

/** Words from the other side, fit for one line of a terminal. */
const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?").slice(0, 500);

export interface CloseNote {
  readonly remoteAddress?: string | undefined;
  readonly endedBy: number;
  readonly code: number;
  readonly words: string;
}

/** `EndedBy` of the addon. */
const endedBy = {
  local: 0,
  peerApplication: 1,
  peerTransport: 2,
  localTransport: 3,
  timeout: 4,
  reset: 5,
} as const;

/** The error that tells a person, and a program, why a connection ended or was not made. */
export const errorOfClose = (note: CloseNote): QuicError => {
  const words = printable(note.words);
  const remoteAddress = note.remoteAddress ?? undefined;
  switch (note.endedBy) {
    case endedBy.local:
      return new QuicError("CLOSED", words, { remoteAddress });
    case endedBy.peerApplication: {
      const said = words === "" ? "without a word" : `: ${words}`;
      return new QuicError("CLOSED_BY_PEER", `the other side closed the connection${said}`, {
        peerCode: note.code,
        remoteAddress,
      });
    }
    case endedBy.peerTransport:
    case endedBy.localTransport:
      return transportError(note, words, remoteAddress);
    case endedBy.timeout:
      return new QuicError("TIMEOUT", words, { remoteAddress });
    case endedBy.reset:
      return new QuicError("FORGOTTEN", words, { remoteAddress });
    default:
      return new QuicError("FAULT", words, { remoteAddress });
  }
};

const transportError = (note: CloseNote, words: string, remoteAddress: string | undefined): QuicError => {
  const byPeer = note.endedBy === endedBy.peerTransport;
  const alert = tlsAlertOf(note.code);
  if (alert !== undefined) {
    const who = byPeer ? "the other side refused the handshake" : "we refused the handshake";
    return new QuicError(
      byPeer ? "REFUSED_BY_PEER" : "REFUSED",
      `${who}: ${words} (TLS alert ${alert.number}, ${alert.name})`,
      { alert: alert.number, transportCode: note.code, remoteAddress },
    );
  }
  const who = byPeer ? "the other side ended the connection" : "QUIC failed";
  return new QuicError("TRANSPORT", `${who}: ${words}`, { transportCode: note.code, remoteAddress });
};

/** The rest of a stream that the peer ended early. */
export const errorOfAbort = (code: "RESET" | "STOPPED", peerCode: number): QuicError =>
  new QuicError(
    code,
    code === "RESET"
      ? `the other side reset the stream (code ${peerCode})`
      : `the other side reads no more of the stream (code ${peerCode})`,
    { peerCode },
  );
