import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Duplex } from "node:stream";
import type { Target } from "../../address/target.ts";
import { ProxyError } from "../../error/proxy-error.ts";
import { defaultHttp2Settings } from "../h2/http2-settings.ts";
import { loadPackage } from "./load-package.ts";
import {
  anyCertificate,
  bytesKeptIn,
  http2Under,
  onEachRead,
  pingOnlyTheLiving,
  refuseLongCapsules,
  sessionPath,
  widen,
  windows,
} from "./outer-layer.ts";
import type { PackageSession } from "./package-face.ts";
import { WebTransportPipe } from "./pipe.ts";
import { endSession } from "./session-end.ts";

/** Heads beside the bytes that the window inside the pipe allows. */
const mostHeadBytes = 4 * 1024 * 1024;

/**
 * Opens a session with a server and one stream in it: a pipe for `connectHttp2`. Nothing of it is verified.
 * Over HTTP/3 where the package has its engine and the server's certificate ends in the system's authorities, else over
 * HTTP/2. The name is resolved by the system.
 * @param connectionWindow of the HTTP/2 inside: more than that, and some heads, is not kept of a pipe that nobody reads.
 * @throws ProxyError `BACKEND_UNREACHABLE` in words; the signal's reason when it is aborted.
 */
export const dialWebTransport = async (
  { host, port }: Target,
  signal: AbortSignal,
  connectionWindow: number = defaultHttp2Settings.connectionWindow,
): Promise<Duplex> => {
  const { api, http3 } = await loadPackage();
  signal.throwIfAborted();
  const name = isIPv6(host) ? `[${host}]` : host;
  const session = new api.WebTransport(`https://${name}:${port}${sessionPath}`, {
    ...windows,
    serverCertificateHashes: anyCertificate,
    forceReliable: !http3,
  });
  session.ready.catch(() => undefined);
  session.closed.catch(() => undefined);
  const connection = http2Under(session);
  if (connection !== undefined) pingOnlyTheLiving(connection);
  const cut = (): void => connection?.destroy();
  let reason: Error | undefined;
  connection?.once("error", (error: Error) => {
    reason = error;
  });
  using finished = new DisposableStack();
  const settled = new AbortController();
  finished.defer(() => settled.abort());
  try {
    await Promise.race([session.ready, aborted(signal, settled.signal)]);
    if (connection !== undefined) widen(connection);
    const stream = await session.createBidirectionalStream();
    signal.throwIfAborted();
    const pipe = new WebTransportPipe(stream, () => endSession(session, cut));
    refuseTheRest(session, cut);
    refuseLongCapsules(session, cut);
    onEachRead(session, () => {
      if (bytesKeptIn(session) > connectionWindow + mostHeadBytes) cut();
    });
    void session.closed.catch(() => undefined).then(() => pipe.destroy());
    return pipe;
  } catch (cause) {
    cut();
    signal.throwIfAborted();
    const words = reason?.message ?? (cause instanceof Error ? cause.message : String(cause));
    throw new ProxyError("BACKEND_UNREACHABLE", {
      detail: `${name}:${port}: no WebTransport: ${words}`,
      cause,
    });
  }
};

/** Rejects when `signal` is aborted; forgets it when `settled` is. */
const aborted = async (signal: AbortSignal, settled: AbortSignal): Promise<never> => {
  await once(signal, "abort", { signal: settled });
  throw signal.reason;
};

/** A server of ours sends no datagram and opens no stream. */
const refuseTheRest = (session: PackageSession, cut: () => void): void => {
  const { datagrams, incomingBidirectionalStreams, incomingUnidirectionalStreams } = session;
  for (const uncalled of [datagrams.readable, incomingBidirectionalStreams, incomingUnidirectionalStreams]) {
    uncalled
      .getReader()
      .read()
      .then(({ done }) => {
        if (!done) cut();
      })
      .catch(() => undefined);
  }
};
