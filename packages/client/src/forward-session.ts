import type { ClientPlane } from "./data-plane.ts";
import type { ForwardRouter } from "./inbound/forward/forward-route.ts";
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
      open: async (_, signal) => {
        try {
          const { stream, backend, done } = await openRoute(route, plane, signal, first);
          return { stream, key: backend ?? route.kind, done };
        } catch (cause) {
          return failureOf(cause);
        }
      },
    };
  };
