import type { ProtocolName } from "./transport.ts";

/** The protocols that this copy can speak. Selecting another one is a fault of the configuration. */
export const builtProtocols: readonly ProtocolName[] = ["http2"];
