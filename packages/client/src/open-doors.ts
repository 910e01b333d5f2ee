import type { ProxyError } from "@octoproxy/lib/error/proxy-error";
import type { ClientConfig } from "./config/client-config.ts";
import type { ClientPlane } from "./data-plane.ts";
import type { ForwardProxy } from "./inbound/forward/forward-proxy.ts";
import { type ApplicationListener, listenApplications } from "./inbound/listen-applications.ts";
import { serveApplication } from "./session.ts";

/**
 * Opens every listener for applications.
 * @param admit is asked for each connection.
 * @throws the system's error where one cannot be bound; what listens then is in `opened`.
 */
export const openDoors = async (
  { listenAddresses, allowFrom }: ClientConfig,
  plane: ClientPlane,
  forward: ForwardProxy,
  admit: () => ProxyError | undefined,
  opened: ApplicationListener[],
): Promise<void> => {
  const { log } = plane;
  for (const address of listenAddresses) {
    opened.push(
      await listenApplications({
        address,
        allowFrom,
        request: (request) => void serveApplication(request, plane),
        forward: (connection, head, rest) => forward.serve(connection, head, rest),
        admit,
        refused: (source, error) => {
          plane.metrics.failed(error, undefined, undefined);
          log.info({ source, code: error.code, reason: error.message }, "application refused");
        },
        acceptFailed: (error) => log.error({ reason: error.message }, "could not accept a connection"),
      }),
    );
  }
};
