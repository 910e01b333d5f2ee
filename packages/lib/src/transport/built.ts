import { whyNoQuic } from "./quic/availability.ts";
import type { ProtocolName } from "./transport.ts";

/** The protocols that this copy can speak. Selecting another one is a fault of the configuration. */
export const builtProtocols = (): readonly ProtocolName[] =>
  whyNoQuic() === undefined ? ["http2", "quic"] : ["http2"];
