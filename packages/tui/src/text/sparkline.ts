const levels = "▁▂▃▄▅▆▇";
/** Less than this does not look like traffic. */
const leastPeak = 1000;

/** The last `cells` values as bars under their own peak, the newest on the right; spaces where there is none yet. */
export const sparkline = (values: readonly number[], cells: number): string => {
  if (cells <= 0) return "";
  const shown = values.slice(-cells);
  const peak = Math.max(leastPeak, ...shown);
  const bars = shown.map((value) => levels[Math.ceil((Math.max(0, value) / peak) * (levels.length - 1))]);
  return bars.join("").padStart(cells);
};
