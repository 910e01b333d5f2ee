import { formatTarget } from "@octoproxy/lib/address/target";
import { endedFields, refusedFields, sideOf } from "@octoproxy/lib/log/access-log";
import type { SpliceEnd, SpliceResult } from "@octoproxy/lib/splice/splice";
import type { ClientPlane } from "./data-plane.ts";
import type { ApplicationRequest } from "./inbound/application-request.ts";
import { failureOf, type OpenedRoute, openRoute, routeFields } from "./open-route.ts";

const sides = { near: "application", far: "target" } as const;

/** Opens a tunnel of the client: routed, opened through a backend, answered, and spliced. Never rejects. */
export const serveApplication = async (request: ApplicationRequest, plane: ClientPlane): Promise<void> => {
  const startedAt = performance.now();
  const route = plane.rules.route(request.target);
  const target = formatTarget(request.target);
  const known = { door: request.door, rule: route.rule?.pattern };
  let opened: OpenedRoute;
  try {
    opened = await openRoute(route, plane, request.cancelled);
  } catch (cause) {
    const { error, members, fields, backend, attempts } = failureOf(cause);
    request.fail(error, members);
    plane.metrics.notOpened(error, backend, attempts);
    plane.metrics.failed(error, backend, target);
    const withReason = error.code !== "ABORTED";
    const refused = refusedFields(error, startedAt, withReason);
    plane.accessLog.tunnel({ target }, { ...known, ...fields, ...refused });
    return;
  }
  const openMs = performance.now() - startedAt;
  request.succeed();
  const { party, protocol, attempts } = opened;
  plane.metrics.opened(party, protocol, openMs, attempts);
  const facts = { party, protocol, target, ...known, source: request.source, openMs };
  plane.tunnels.run(
    request.stream,
    opened.stream,
    facts,
    new StandingTunnel(plane, opened, facts, startedAt),
  );
};

/** What is known of a tunnel until its end: no more than the end needs, since it may stand for days. */
class StandingTunnel implements SpliceEnd {
  readonly #plane: ClientPlane;
  readonly #opened: OpenedRoute;
  readonly #facts: StandingFacts;
  readonly #startedAt: number;

  constructor(plane: ClientPlane, opened: OpenedRoute, facts: StandingFacts, startedAt: number) {
    this.#plane = plane;
    this.#opened = opened;
    this.#facts = facts;
    this.#startedAt = startedAt;
  }

  spliceEnded(result: SpliceResult): void {
    const { metrics, accessLog } = this.#plane;
    const { target, door, rule, openMs } = this.#facts;
    const { load, backend } = this.#opened;
    load?.closed();
    if (result.error !== undefined) metrics.failed(result.error, backend, target, sideOf(result, sides));
    if (!accessLog.enabled) return;
    const ended = endedFields(result, this.#startedAt, openMs, sides);
    accessLog.tunnel({ target }, { door, rule, ...routeFields(this.#opened), ...ended });
  }
}

interface StandingFacts {
  readonly target: string;
  readonly door: ApplicationRequest["door"];
  readonly rule: string | undefined;
  readonly openMs: number;
}
