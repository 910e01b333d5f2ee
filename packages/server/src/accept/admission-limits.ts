import type { ServerConfig } from "../config/server-config.ts";
import type { AdmissionLimits } from "./admission.ts";
import { ClientRules } from "./client-rules.ts";

/** What a configuration says of how much is let in. */
export const limitsOf = (config: ServerConfig): AdmissionLimits => ({
  maxConnections: config.maxConcurrentTasks,
  maxTunnelsOf: maxTunnelsOf(config),
});

/** The limit of a client's first rule that has one, else everybody's. */
const maxTunnelsOf = ({ clients, maxTunnelsPerClient }: ServerConfig): AdmissionLimits["maxTunnelsOf"] => {
  const rules = new ClientRules(clients);
  return (client) => rules.of(client)?.maxTunnels ?? maxTunnelsPerClient;
};
