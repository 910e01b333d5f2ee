import type { SoakDaemon } from "./soak-daemon.ts";

/** What is measured: none of it may grow, but for compiled code. */
export const quantities = ["heap", "code", "external", "resident", "descriptors", "handles"] as const;
export type Quantity = (typeof quantities)[number];

/** A daemon at rest, after a full collection. Bytes and numbers. */
export type Reading = Readonly<Record<Quantity, number>>;

export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** By daemon. */
  readonly readings: Readonly<Record<string, Reading>>;
}

/** @param daemons those that live for the whole run. */
export const takeSample = async (at: number, daemons: readonly SoakDaemon[]): Promise<Sample> => {
  const readings: Record<string, Reading> = {};
  for (const daemon of daemons) {
    const { heap, code, external, handles } = await daemon.inside();
    const { resident, descriptors } = daemon.facts;
    const all = Object.values(handles).reduce((sum, count) => sum + count, 0);
    readings[daemon.name] = { heap, code, external, resident, descriptors, handles: all };
  }
  return { at, readings };
};
