import { formatTarget, parseTarget } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { endedFields, refusedFields, sideOf } from "@octoproxy/lib/log/access-log";
import type { IncomingTunnel } from "@octoproxy/lib/transport/transport";
import { refusalOf } from "@octoproxy/lib/tunnel/proxy-status";
import type { ServerPlane } from "./data-plane.ts";

const sides = { near: "client", far: "target" } as const;

/** A tunnel's life in the server: admitted, its target judged and dialed, answered, and spliced to the end. Never rejects. */
export const serveStream = async (incoming: IncomingTunnel, plane: ServerPlane): Promise<void> => {
  const { peer, protocol, remoteAddress: source } = incoming.connection;
  const party = peer.subject;
  const startedAt = performance.now();
  let admitted = false;
  try {
    plane.admission.enterTunnel(peer);
    admitted = true;
    const target = parseTarget(incoming.authority);
    const { stream, address } = await plane.dial(target, peer, incoming.cancelled);
    const openMs = performance.now() - startedAt;
    const places = { target: formatTarget(target), address };
    plane.metrics.opened(party, protocol, openMs);
    const facts = { party, protocol, source, ...places, openMs };
    const result = await plane.tunnels.run(incoming.accept(), stream, facts);
    if (result.error !== undefined) plane.metrics.broke(result.error, sideOf(result, sides), places.target);
    plane.accessLog.tunnel(places, {
      client: peer.subject,
      ...endedFields(result, startedAt, openMs, sides),
    });
  } catch (cause) {
    const error = ProxyError.from(cause, "INTERNAL");
    if (error.code === "INTERNAL")
      plane.log.error({ err: error, target: incoming.authority }, "tunnel failed");
    incoming.refuse(refusalOf(error, "octoproxy-server"));
    plane.metrics.refused(error, party, incoming.authority);
    const withReason = error.code !== "ABORTED";
    plane.accessLog.tunnel(
      { target: incoming.authority },
      { client: peer.subject, ...refusedFields(error, startedAt, withReason) },
    );
  } finally {
    if (admitted) plane.admission.leaveTunnel(peer);
  }
};
