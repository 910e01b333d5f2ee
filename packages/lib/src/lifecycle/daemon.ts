/** An address that a daemon serves, as bound: a port of 0 in the configuration is the real one here. */
export interface BoundAddress {
  /** `ip:port`, IPv6 in brackets. */
  readonly address: string;
  /** What is spoken there, `http2`, `connect`, `admin`, … */
  readonly protocol: string;
}

/** A running client or server. Constructed whole or not at all: a start that fails has let go of everything. */
export interface Daemon {
  readonly addresses: readonly BoundAddress[];
  /** How it is, in one line for a supervisor: told at once and at each change, to the last who asked. */
  watchStatus?(listener: (status: string) => void): void;
  /**
   * Stops accepting and lets tunnels finish, up to `drain_timeout`; what is left then is cut.
   * Calling it again returns the same promise.
   * @returns whether every tunnel finished by itself.
   */
  drain(): Promise<boolean>;
  /** Reads configuration, rules and certificates anew; a wrong one changes nothing and is logged with its faults. */
  reload(): Promise<void>;
  /** Ends at once: every tunnel is reset. May be called at any time, more than once. */
  destroy(): void;
}
