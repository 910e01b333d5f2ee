import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import type { Backend } from "./backend.ts";
import type { BackendSet } from "./backend-set.ts";

/** One backend asked for one tunnel. */
export interface StreamAttempt {
  backend: Backend;
  /** The connection that it was asked on last. */
  connection: ClientConnection | undefined;
  readonly abort: AbortController;
}

/**
 * Opens a stream on a connection that has room, made if need be. Where one filled up meanwhile another is made: many
 * may wait for one new connection, and its limit may be small. Where one began to drain, or a reload replaced the
 * backend, it is asked once more.
 * @throws ProxyError as `ClientConnection.open` and connecting do; the signal's reason.
 */
export const openStream = async (
  backends: BackendSet,
  attempt: StreamAttempt,
  target: string,
): Promise<TunnelStream> => {
  const { signal } = attempt.abort;
  let drained = false;
  let full = false;
  for (;;) {
    const { backend } = attempt;
    attempt.connection = undefined;
    try {
      attempt.connection = full
        ? await backend.another(signal)
        : (backend.ready ?? (await backend.take(signal)));
      return await attempt.connection.open(target, signal);
    } catch (error) {
      const code = error instanceof ProxyError ? error.code : undefined;
      // A server that allows nothing on an empty connection is not asked for ever more of them.
      full = code === "STREAM_LIMIT" && openStreamsOf(attempt) > 0;
      if (!full && (drained || code !== "BACKEND_DRAINING")) throw error;
      drained ||= !full;
      attempt.backend = backends.get(backend.name) ?? backend;
    }
  }
};

const openStreamsOf = ({ connection }: StreamAttempt): number => connection?.openStreams ?? 0;
