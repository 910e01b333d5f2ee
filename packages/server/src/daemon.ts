import type { Daemon } from "@octoproxy/lib/lifecycle/daemon";
import type { Logger } from "@octoproxy/lib/log/logger";
import type { ServerConfig } from "./config/server-config.ts";

/** Not in this copy yet: it says so and fails. */
export const startServer = async (_config: ServerConfig, _log: Logger): Promise<Daemon> => {
  throw new Error("this copy has no server daemon yet");
};
