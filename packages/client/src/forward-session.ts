import { formatTarget } from "@octoproxy/lib/address/target";
import { CountedStream } from "@octoproxy/lib/metrics/counted-stream";
import type { ClientPlane } from "./data-plane.ts";
import type { ForwardRecord, ForwardRouter } from "./inbound/forward/forward-route.ts";
import { directParty } from "./metrics/client-metrics.ts";
import { failureOf, openRoute } from "./open-route.ts";

const nobodyTried: ReadonlySet<string> = new Set();

/** Plain HTTP takes the same way as a tunnel; only that the picker is asked for each request, and tunnels are kept. */
export const forwardRouter =
  (plane: ClientPlane): ForwardRouter =>
  (target) => {
    const route = plane.rules.route(target);
    const first =
      route.kind === "balance" ? plane.backends.pick(route.target.host, nobodyTried) : route.backend;
    return {
      key: first ?? route.kind,
      target: route.target,
      open: async (signal) => {
        const startedAt = performance.now();
        const written = formatTarget(target);
        try {
          const opened = await openRoute(route, plane, signal, first);
          const { party, protocol, attempts, backend } = opened;
          const openMs = performance.now() - startedAt;
          const stream = new CountedStream(opened.stream);
          const facts = {
            party,
            protocol,
            target: written,
            door: "forward",
            rule: route.rule?.pattern,
            openMs,
          };
          plane.metrics.opened(party, protocol, openMs, attempts);
          const booked = plane.metrics.book.begin(facts, stream);
          const done = (): void => {
            booked.end("closed");
            opened.load?.closed();
          };
          return { stream, key: backend ?? route.kind, done };
        } catch (cause) {
          const failure = failureOf(cause);
          plane.metrics.notOpened(failure.error, failure.backend, failure.attempts);
          return failure;
        }
      },
    };
  };

/** Counts what failed, and writes one access-log line for each forwarded request, as for each tunnel. */
export const forwardRecorder =
  (plane: ClientPlane) =>
  ({ target, key, method, status, error, bytesUp, bytesDown, ms }: ForwardRecord): void => {
    const backend = plane.backends.get(key);
    if (error !== undefined) plane.metrics.failed(error, backend?.name, formatTarget(target));
    if (!plane.accessLog.enabled) return;
    const protocol = backend?.connection?.protocol;
    const rule = plane.rules.route(target).rule?.pattern;
    const fields = {
      door: "forward",
      rule,
      backend: backend?.name ?? (key === directParty ? key : undefined),
      protocol,
      method,
      status,
      ms: Math.round(ms * 10) / 10,
    };
    const end = {
      bytes_up: bytesUp,
      bytes_down: bytesDown,
      end: error?.code ?? "closed",
      reason: error?.message,
    };
    plane.accessLog.tunnel({ target: formatTarget(target) }, { ...fields, ...end });
  };
