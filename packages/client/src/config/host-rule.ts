/** One table of the rules file, as written and valid; what its pattern means is the matcher's to say. */
export interface HostRule {
  /** The table's key: a host, `*.suffix`, a network, `~` and a regular expression; each may end in `:port`. */
  readonly pattern: string;
  /** `host` or `host:port` (IPv6 in brackets where a port follows) that takes the target's place. */
  readonly rewrite: string | undefined;
  /** Name of the backend to use, and no other. */
  readonly backend: string | undefined;
  /** Dial from here, without a backend. Wins over `backend`. */
  readonly direct: boolean;
  /** Refuse the target. */
  readonly block: boolean;
  /** Line of the table in its file, from 1. */
  readonly line: number;
}

/** The rules in file order: the first that matches wins. Tables without an action are left out. */
export interface HostRuleFile {
  /** For messages and `explain`, as the user would name it. */
  readonly file: string;
  readonly rules: readonly HostRule[];
}
