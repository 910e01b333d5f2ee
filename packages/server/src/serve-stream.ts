import { formatTarget, parseTarget } from "@octoproxy/lib/address/target";
import { ProxyError } from "@octoproxy/lib/error/proxy-error";
import { endedFields, refusedFields, sideOf } from "@octoproxy/lib/log/access-log";
import type { SpliceEnd, SpliceResult } from "@octoproxy/lib/splice/splice";
import type { IncomingTunnel, PeerIdentity } from "@octoproxy/lib/transport/transport";
import { refusalOf } from "@octoproxy/lib/tunnel/proxy-status";
import type { ServerPlane } from "./data-plane.ts";

const sides = { near: "client", far: "target" } as const;

/** Opens a tunnel of the server: admitted, its target judged and dialed, answered, and spliced. Never rejects. */
export const serveStream = async (incoming: IncomingTunnel, plane: ServerPlane): Promise<void> => {
  const { peer, protocol, remoteAddress: source } = incoming.connection;
  const { subject: client } = peer;
  const party = plane.metrics.labels.of(client);
  const startedAt = performance.now();
  let admitted = false;
  try {
    plane.admission.enterTunnel(peer);
    admitted = true;
    const target = parseTarget(incoming.authority);
    const { stream, address } = await plane.dial(target, peer, incoming.cancelled);
    const openMs = performance.now() - startedAt;
    plane.metrics.opened(party, protocol, openMs);
    const facts = { party, client, protocol, source, target: formatTarget(target), address, openMs };
    const standing = new StandingTunnel(plane, peer, facts, startedAt);
    plane.tunnels.run(incoming.accept(), stream, facts, standing);
  } catch (cause) {
    const error = ProxyError.from(cause, "INTERNAL");
    if (error.code === "INTERNAL")
      plane.log.error({ err: error, target: incoming.authority }, "tunnel failed");
    incoming.refuse(refusalOf(error, "octoproxy-server"));
    plane.metrics.refused(error, party, incoming.authority);
    const withReason = error.code !== "ABORTED";
    plane.accessLog.tunnel(
      { target: incoming.authority },
      { client, ...refusedFields(error, startedAt, withReason) },
    );
    if (admitted) plane.admission.leaveTunnel(peer);
  }
};

/** What is known of a tunnel until its end: no more than the end needs, since it may stand for days. */
class StandingTunnel implements SpliceEnd {
  readonly #plane: ServerPlane;
  readonly #peer: PeerIdentity;
  readonly #facts: StandingFacts;
  readonly #startedAt: number;

  constructor(plane: ServerPlane, peer: PeerIdentity, facts: StandingFacts, startedAt: number) {
    this.#plane = plane;
    this.#peer = peer;
    this.#facts = facts;
    this.#startedAt = startedAt;
  }

  spliceEnded(result: SpliceResult): void {
    const { admission, metrics, accessLog } = this.#plane;
    const { target, address, openMs } = this.#facts;
    admission.leaveTunnel(this.#peer);
    if (result.error !== undefined) metrics.broke(result.error, sideOf(result, sides), target);
    if (!accessLog.enabled) return;
    const ended = endedFields(result, this.#startedAt, openMs, sides);
    accessLog.tunnel({ target, address }, { client: this.#peer.subject, ...ended });
  }
}

interface StandingFacts {
  readonly target: string;
  readonly address: string;
  readonly openMs: number;
}
