import type { Daemon } from "@octoproxy/lib/lifecycle/daemon";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { ClientConfig } from "./config/client-config.ts";

/** Not in this copy yet: it says so and fails. */
export const startClient = async (_config: ClientConfig, _log: Logger): Promise<Daemon> => {
  throw new Error("this copy has no client daemon yet");
};
