import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { formatListenAddress, type ListenAddress } from "@octoproxy/lib/config/listen-address";
import { DeadlineQueue } from "@octoproxy/lib/deadline/deadline-queue";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { RequestHead } from "@octoproxy/lib/http1/request-head";
import { resetSocket, shareRead } from "@octoproxy/lib/splice/socket-events";
import { SocketStream } from "@octoproxy/lib/splice/socket-stream";
import { allowedNetworks } from "./allowed-networks.ts";
import { ApplicationConnection, type ConnectionSurroundings } from "./application-connection.ts";
import type { ApplicationRequest } from "./application-request.ts";

export interface ListenApplicationsOptions {
  readonly address: ListenAddress;
  /** `allow_from`: `address/prefix` each. */
  readonly allowFrom: readonly string[];
  /** An application asks for a tunnel, by CONNECT or SOCKS. */
  request(request: ApplicationRequest): void;
  /** An application speaks plain HTTP: see `ForwardProxy.serve`. */
  forward(connection: ApplicationConnection, head: RequestHead, rest: Uint8Array): boolean;
  /** Why no application is welcome now (`OVERLOADED`), if so. It is told in the words of its door. */
  admit?(): ProxyError | undefined;
  /** An application was turned away: it may not come, was malformed, or silent for too long after it had begun. */
  refused?(source: string, error: ProxyError): void;
  /** The system could not accept a connection (no descriptor was free). The listener goes on. */
  acceptFailed?(error: Error): void;
  /** For a whole request, from the first byte to the end of its head. Default 8 s. */
  readonly headTimeoutMs?: number;
  /** For an application to read a refusal. Default 1 s. */
  readonly lingerMs?: number;
  /** Connections that may be without a request at once; beyond, the oldest of them is dropped. Default 1,024. */
  readonly maxWaiting?: number;
}

/** A bound address where applications come in. */
export interface ApplicationListener {
  /** `ip:port` as bound. */
  readonly address: string;
  /** Connections of applications that are open, tunnels included. */
  readonly connections: number;
  /** `allow_from` from now on; connections that are there stay. */
  allowFrom(networks: readonly string[]): void;
  /**
   * Stops accepting, drops connections that have not asked for anything, resolves when all are gone.
   * Aborting destroys the rest.
   */
  close(signal?: AbortSignal): Promise<void>;
  /** Resets every connection. */
  destroy(): void;
}

/**
 * Opens the port for applications.
 * @throws the system's error (EADDRINUSE, EACCES …) where it cannot be bound.
 */
export const listenApplications = async (
  options: ListenApplicationsOptions,
): Promise<ApplicationListener> => {
  const { headTimeoutMs = 8000, lingerMs = 1000, maxWaiting = 1024 } = options;
  let isAllowed = allowedNetworks(options.allowFrom);
  const sockets = new Set<Socket>();
  const surroundings: ConnectionSurroundings = {
    waiting: new DeadlineQueue(headTimeoutMs, (connection) => connection.expire()),
    lingering: new DeadlineQueue(lingerMs, (connection) => connection.abandon()),
    refused: (source, error) => options.refused?.(source, error),
    request: (request) => options.request(request),
    forward: (connection, head, rest) => options.forward(connection, head, rest),
  };
  const { waiting, lingering } = surroundings;

  function forget(this: Socket): void {
    sockets.delete(this);
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", forget);
    const { remoteAddress = "", remotePort = 0 } = socket;
    const source = formatListenAddress({ host: remoteAddress, port: remotePort });
    const unwelcome = isAllowed(remoteAddress) ? options.admit?.() : new ProxyError("NOT_ALLOWED");
    if (waiting.size >= maxWaiting) waiting.oldest?.abandon();
    if (unwelcome?.code === "OVERLOADED") keepFew(waiting, lingering);
    const stream = new SocketStream(socket, { transient: shareRead(socket) });
    new ApplicationConnection(stream, source, unwelcome, surroundings);
  });

  server.listen({ host: options.address.host, port: options.address.port, backlog: 4096 });
  await once(server, "listening");
  server.on("error", (error) => options.acceptFailed?.(error));
  const destroy = (): void => {
    server.close();
    waiting.clear();
    lingering.clear();
    for (const socket of sockets) resetSocket(socket);
  };
  return {
    address: boundAddress(server),
    get connections() {
      return sockets.size;
    },
    allowFrom: (networks) => {
      isAllowed = allowedNetworks(networks);
    },
    close: async (signal) => {
      const closed = once(server, "close");
      server.close();
      for (let next = waiting.oldest; next !== undefined; next = waiting.oldest) next.abandon();
      signal?.addEventListener("abort", destroy, { once: true });
      if (signal?.aborted === true) destroy();
      await closed;
      signal?.removeEventListener("abort", destroy);
    },
    destroy,
  };
};

/** Descriptors have run out: those that wait to ask or to hear that live on the reserve. */
const mostWhenScarce = 16;

const keepFew = (...queues: readonly DeadlineQueue<ApplicationConnection>[]): void => {
  for (const queue of queues) while (queue.size >= mostWhenScarce) queue.oldest?.abandon();
};

const boundAddress = (server: Server): string => {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the listener has no address");
  return formatListenAddress({ host: bound.address, port: bound.port });
};
