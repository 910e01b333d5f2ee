import { type PartyTotals, tunnelOutcomes } from "../metrics/tunnel-book.ts";
import { roundedTo } from "./tunnel-view.ts";

/** The sums of some parties as they stand in a backend's view or in a status. */
export const trafficView = (totals: Iterable<PartyTotals>) => {
  const sums = { active: 0, total: 0, bytesIn: 0, bytesOut: 0, inRate: 0, outRate: 0 };
  for (const { active, ended, bytesIn, bytesOut, bytesInPerSecond, bytesOutPerSecond } of totals) {
    sums.active += active;
    sums.total += tunnelOutcomes.reduce((sum, outcome) => sum + ended[outcome], active);
    sums.bytesIn += bytesIn;
    sums.bytesOut += bytesOut;
    sums.inRate += bytesInPerSecond;
    sums.outRate += bytesOutPerSecond;
  }
  return {
    tunnels_active: sums.active,
    tunnels_total: sums.total,
    bytes_in: sums.bytesIn,
    bytes_out: sums.bytesOut,
    bytes_in_per_second: roundedTo(sums.inRate, 1),
    bytes_out_per_second: roundedTo(sums.outRate, 1),
  };
};
