import { formatTarget } from "@octoproxy/lib/address/target";
import { endedFields, refusedFields, sideOf } from "@octoproxy/lib/log/access-log";
import type { ClientPlane } from "./data-plane.ts";
import type { ApplicationRequest } from "./inbound/application-request.ts";
import { failureOf, type OpenedRoute, openRoute } from "./open-route.ts";

const sides = { near: "application", far: "target" } as const;

/** A tunnel's life in the client: routed, opened through a backend, answered, and spliced to the end. Never rejects. */
export const serveApplication = async (request: ApplicationRequest, plane: ClientPlane): Promise<void> => {
  const startedAt = performance.now();
  const route = plane.rules.route(request.target);
  const places = { target: formatTarget(request.target) };
  const known = { door: request.door, rule: route.rule?.pattern };
  let opened: OpenedRoute;
  try {
    opened = await openRoute(route, plane, request.cancelled);
  } catch (cause) {
    const { error, members, fields, backend, attempts } = failureOf(cause);
    request.fail(error, members);
    plane.metrics.notOpened(error, backend, attempts);
    plane.metrics.failed(error, backend, places.target);
    const withReason = error.code !== "ABORTED";
    plane.accessLog.tunnel(places, { ...known, ...fields, ...refusedFields(error, startedAt, withReason) });
    return;
  }
  const openMs = performance.now() - startedAt;
  request.succeed();
  const { party, protocol, attempts } = opened;
  plane.metrics.opened(party, protocol, openMs, attempts);
  const facts = { party, protocol, ...places, ...known, source: request.source, openMs };
  const result = await plane.tunnels.run(request.stream, opened.stream, facts);
  opened.done();
  if (result.error !== undefined) {
    plane.metrics.failed(result.error, opened.backend, places.target, sideOf(result, sides));
  }
  plane.accessLog.tunnel(places, {
    ...known,
    ...opened.fields,
    ...endedFields(result, startedAt, openMs, sides),
  });
};
