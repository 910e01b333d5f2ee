import type { Carrier } from "../http2-pair/end.ts";

export interface UnreadCarrier extends Carrier {
  /** Opens a tunnel from which nobody reads. */
  openUnread(target: string): Promise<void>;
}
