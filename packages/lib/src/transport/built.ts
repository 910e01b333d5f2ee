import { whyNoQuic } from "./quic/availability.ts";
import type { ProtocolName } from "./transport.ts";
import { whyNoWebTransport } from "./webtransport/load-package.ts";

const protocols: readonly ProtocolName[] = ["http2", "quic", "webtransport"];

/** Whether this copy can speak a protocol. */
export const isProtocolBuilt = (protocol: ProtocolName): boolean => {
  if (protocol === "quic") return whyNoQuic() === undefined;
  return protocol !== "webtransport" || whyNoWebTransport() === undefined;
};

/** The protocols that this copy can speak. Selecting another one is a fault of the configuration. */
export const builtProtocols = (): readonly ProtocolName[] => protocols.filter(isProtocolBuilt);
