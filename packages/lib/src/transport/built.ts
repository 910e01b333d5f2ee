import { whyNoQuic } from "./quic/availability.ts";
import type { ProtocolName } from "./transport.ts";
import { whyNoWebTransport } from "./webtransport/load-package.ts";

/** The protocols that this copy can speak. Selecting another one is a fault of the configuration. */
export const builtProtocols = (): readonly ProtocolName[] => {
  const built: ProtocolName[] = ["http2"];
  if (whyNoQuic() === undefined) built.push("quic");
  if (whyNoWebTransport() === undefined) built.push("webtransport");
  return built;
};
