/** Packets, both ways together. */
export interface Passed {
  readonly lost: number;
  readonly tooLong: number;
  readonly delivered: number;
  /** Of these, those that were sent a second time by the road itself. */
  readonly twice: number;
}

/** Addresses that a NAT gives out begin with this. */
export const natNetwork = "10.77.2";
