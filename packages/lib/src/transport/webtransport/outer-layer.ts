import type { Http2SecureServer, Http2Session } from "node:http2";
import { Server } from "node:net";
import { Readable } from "node:stream";
import type { PackageClientOptions, PackageServer, PackageSession, PackageWindows } from "./package-face.ts";

/** Where both sides meet. */
export const sessionPath = "/octoproxy";

const windowBytes = 4 * 1024 * 1024;

/** For the session and its stream, set explicitly on both sides. */
export const windows: PackageWindows = {
  initialStreamFlowControlWindow: windowBytes,
  streamFlowControlWindowSizeLimit: windowBytes,
  initialSessionFlowControlWindow: windowBytes,
  sessionFlowControlWindowSizeLimit: windowBytes,
};

/**
 * The outer certificate is not looked at: the inner TLS decides, and a certificate of a user's own authority would not
 * pass the package's check (a hash is taken only of certificates that live 14 days or less, an authority not at all).
 * HTTP/3 takes it for an empty list, which means the system's authorities.
 */
class AnyCertificate extends Array<PackageClientOptions["serverCertificateHashes"][number]> {
  override some(): boolean {
    return true;
  }
}
export const anyCertificate: PackageClientOptions["serverCertificateHashes"] = new AnyCertificate();

/** HTTP/2 starts with 64 KiB a round trip, which is too little for a pipe that carries everything. */
export const widen = (session: Http2Session): void => {
  session.settings({ initialWindowSize: windowBytes });
  session.setLocalWindowSize(windowBytes);
};

/*
 * The package (1.6) has no way to end a connection at once, nor to see one before it asks for a session. Node's own
 * objects can do both; these are the places where the package keeps them in HTTP/2 mode.
 */

/**
 * The package pings each connection once a second, also one that is destroyed and not yet closed (1.6.8): Node throws at
 * that, out of a timer, which would end the process. Such a ping goes nowhere.
 */
export const pingOnlyTheLiving = (session: Http2Session): void => {
  const ping = session.ping.bind(session) as (...args: readonly unknown[]) => boolean;
  session.ping = (...args: readonly unknown[]): boolean => !session.destroyed && ping(...args);
};

/** The HTTP/2 servers inside the package's server; none where it serves HTTP/3 alone. */
export const http2ServersIn = (server: PackageServer): readonly Http2SecureServer[] => {
  const transport = field(server, "transportInt");
  const several = field(transport, "transportsInts");
  const all = several instanceof Set ? [...several] : [transport];
  return all
    .map((one) => field(one, "serverInt"))
    .filter((inner) => inner instanceof Server)
    .map((inner) => inner as Http2SecureServer);
};

/** The HTTP/2 connection under a client's session; none over HTTP/3. */
export const http2Under = (session: PackageSession): Http2Session | undefined => {
  const transport = field(field(packageSessionOf(session), "parentobj"), "transportInt");
  const inner = field(transport, "clientInt");
  return typeof field(inner, "setLocalWindowSize") === "function" ? (inner as Http2Session) : undefined;
};

/**
 * Bytes that the package keeps of a session's streams because nobody asked for them; 0 where it does not say. Its windows
 * bound them not: it gives credit when bytes arrive (1.6.8).
 */
export const bytesKeptIn = (session: PackageSession): number => {
  const streams = field(packageSessionOf(session), "streamObjs");
  let kept = 0;
  for (const stream of streams instanceof Set ? streams : []) {
    const room = field(field(stream, "readableController"), "desiredSize");
    if (typeof room === "number") kept += Math.max(0, -room);
  }
  return kept;
};

/**
 * The package wants any capsule but those of streams whole, up to 16 MiB, and copies what it has with each read (1.6.8).
 * Nobody of ours sends such ones of more than some bytes.
 */
const mostSavedBytes = 16 * 1024;

/** Calls `cut` when the other side has begun a long capsule. Over HTTP/3 there are none. */
export const refuseLongCapsules = (session: PackageSession, cut: () => void): void =>
  onEachRead(session, () => {
    const saved = field(field(http2SessionIn(session), "capsParser"), "saveddata");
    if (saved instanceof Uint8Array && saved.length > mostSavedBytes) cut();
  });

/** Calls `look` whenever the package has read; over HTTP/3 never. */
export const onEachRead = (session: PackageSession, look: () => void): void => {
  const stream = field(http2SessionIn(session), "stream");
  // After the package's own listener.
  if (stream instanceof Readable) stream.on("readable", look);
};

const http2SessionIn = (session: PackageSession): unknown => field(packageSessionOf(session), "objint");

/** A client's session holds another one. */
const packageSessionOf = (session: PackageSession): unknown => field(session, "sessionint") ?? session;

const field = (owner: unknown, name: string): unknown =>
  typeof owner === "object" && owner !== null ? (owner as Record<string, unknown>)[name] : undefined;
