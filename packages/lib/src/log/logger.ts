import type { Logger as PinoLogger } from "pino";

/** The log of a daemon. Fields first, then a short message: `log.info({ address, protocol }, "listening")`. */
export type Logger = PinoLogger;
