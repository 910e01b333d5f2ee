import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type AdminAccess, AdminCallError, unreachable } from "@octoproxy/lib/admin/admin-call";
import { type EventMessage, eventMessageSchema } from "@octoproxy/lib/admin/event-schemas";
import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { WebSocket } from "ws";

/** What a feed tells. */
export interface FeedListener {
  message(message: EventMessage): void;
  /** @param retryInMs when it is tried again. */
  lost(reason: string, retryInMs: number): void;
}

/** As many tunnels as a snapshot may hold, so that sorting and filtering see them all. */
const tunnels = 1000;
const largestMessage = 64 * 1024 * 1024;
const handshakeMs = 5000;
/** Snapshots come twice a second: after so long without a byte nobody is there. */
const silenceMs = 5000;
const firstRetryMs = 500;
const longestRetryMs = 4000;

/** Reads a daemon's events until `signal` aborts, connecting again whenever the connection ends. Never rejects. */
export const followEvents = async (
  access: AdminAccess,
  listener: FeedListener,
  signal: AbortSignal,
): Promise<void> => {
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      await readEvents(
        access,
        (message) => {
          retryMs = firstRetryMs;
          listener.message(message);
        },
        signal,
      );
    } catch (error) {
      if (signal.aborted) return;
      listener.lost(error instanceof Error ? error.message : String(error), retryMs);
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(longestRetryMs, retryMs * 2);
    }
  }
};

/**
 * Reads events over one connection.
 * @throws AdminCallError when it ends or does not come about; only an abort lets it return.
 */
export const readEvents = async (
  access: AdminAccess,
  tell: (message: EventMessage) => void,
  signal: AbortSignal,
): Promise<void> => {
  if (signal.aborted) return;
  const where = formatListenAddress(access.address);
  const { token } = access;
  const socket = new WebSocket(`ws://${where}/api/v1/events?tunnels=${tunnels}`, {
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    handshakeTimeout: handshakeMs,
    maxPayload: largestMessage,
    perMessageDeflate: false,
  });
  let failure: AdminCallError | undefined;
  const fail = (error: AdminCallError): void => {
    failure ??= error;
    socket.terminate();
  };
  const abort = (): void => socket.terminate();
  signal.addEventListener("abort", abort, { once: true });
  const watch = new SilenceWatch(() =>
    fail(new AdminCallError(`${where} has said nothing for ${silenceMs / 1000} s`)),
  );
  socket.on("error", (error) => fail(reasonOf(where, error)));
  socket.on("upgrade", ({ socket: raw }) => watch.begin(raw));
  socket.on("unexpected-response", (_request, response) => fail(refusal(where, response)));
  socket.on("message", (data, isBinary) => {
    const message = isBinary ? undefined : parsed(String(data));
    if (message === "wrong")
      fail(new AdminCallError(`${where}: its events are not understood: is it of another version?`));
    else if (message !== undefined && socket.readyState === WebSocket.OPEN) tell(message);
  });
  try {
    await once(socket, "close");
  } catch {
    // "error" came first; "close" follows, and `failure` says why
  } finally {
    watch.end();
    signal.removeEventListener("abort", abort);
  }
  if (signal.aborted) return;
  throw failure ?? cut(where);
};

/** Calls when a socket received nothing for a while. A large message over a slow link is something. */
class SilenceWatch {
  readonly #silent: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(silent: () => void) {
    this.#silent = silent;
  }

  begin(socket: Socket): void {
    let seen = socket.bytesRead;
    this.#timer = setInterval(() => {
      if (socket.bytesRead === seen) this.#silent();
      seen = socket.bytesRead;
    }, silenceMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** Undefined for a kind of message that only a newer daemon knows. */
const parsed = (text: string): EventMessage | "wrong" | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "wrong";
  }
  const message = eventMessageSchema.safeParse(value);
  if (message.success) return message.data;
  const { type } = (value ?? {}) as { readonly type?: unknown };
  return knownTypes.has(type) ? "wrong" : undefined;
};

const knownTypes: ReadonlySet<unknown> = new Set([
  "snapshot",
  "backend",
  "error",
  "reload",
  "drain",
  undefined,
]);

const refusal = (where: string, response: IncomingMessage): AdminCallError => {
  const { statusCode = 0 } = response;
  response.resume();
  return new AdminCallError(
    `${where} ${refusals[statusCode] ?? `answered with status ${statusCode}`}`,
    statusCode,
  );
};

const refusals: Readonly<Record<number, string>> = {
  401: "wants its metric_token: give it with --token-file",
  403: "does not let this machine in",
  404: "has no events: is it an octoproxy daemon?",
  503: "has too many readers of its events",
};

const reasonOf = (where: string, error: NodeJS.ErrnoException): AdminCallError => {
  if (error.code === "ECONNRESET" || error.code === "EPIPE") return cut(where);
  if (error.code === undefined && /timed out/.test(error.message))
    return new AdminCallError(`${where} did not answer in time`);
  return unreachable(where, error);
};

const cut = (where: string): AdminCallError => new AdminCallError(`${where} has ended the connection`);
