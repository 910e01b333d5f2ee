interface Row {
  readonly algorithm: string;
  /** Percent for a, b and c, where c is slow. */
  readonly slow: readonly number[];
  readonly meanOpenMs: number;
  /** The same where all are equally fast and a weighs twice. */
  readonly weighted: readonly number[];
}

const ground = "#ffffff";
const ink = "#1f2328";
const quiet = "#656d76";
/** Told apart also by those who do not tell red from green, and each bar bears its letter. */
const fills = ["#0969da", "#54aeff", "#bf8700"];
const left = 180;
const bar = { width: 240, height: 20, step: 30 } as const;
const second = left + bar.width + 130;

/**
 * `doc/assets/balancing.svg`: the table of `doc/balancing.md` as bars. The table is held against the pickers.
 * @param page the document.
 */
export const sharesPicture = (page: string): string => {
  const rows = rowsOf(page);
  const width = second + bar.width + 20;
  const height = 70 + rows.length * bar.step;
  const drawn = rows.map((row, index) => {
    const y = 56 + index * bar.step;
    return [
      words(left - 12, y + 15, row.algorithm, `text-anchor="end" font-family="ui-monospace, monospace"`),
      bars(row.slow, left, y),
      words(left + bar.width + 12, y + 15, `${row.meanOpenMs} ms`, `fill="${quiet}"`),
      bars(row.weighted, second, y),
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="${ink}">
<title>Shares of the backends a, b and c with each way of balancing</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
${words(left, 24, "c opens tunnels ten times as slowly", 'font-weight="bold"')}
${words(left, 42, "shares, and how long one takes to open", `fill="${quiet}" font-size="12"`)}
${words(second, 24, "a has weight = 2", 'font-weight="bold"')}
${words(second, 42, "shares", `fill="${quiet}" font-size="12"`)}
${drawn.join("\n")}
</svg>
`;
};

const bars = (shares: readonly number[], x: number, y: number): string => {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let from = 0;
  return shares
    .map((share, index) => {
      const at = x + (from / total) * bar.width;
      const length = (share / total) * bar.width;
      from += share;
      if (share === 0) return "";
      const rect = `<rect x="${round(at)}" y="${y}" width="${round(length)}" height="${bar.height}" fill="${fills[index]}"/>`;
      // A narrow bar has no room for its letter.
      if (length < 14) return rect;
      const fill = index === 1 ? ink : "#ffffff";
      return (
        rect +
        words(at + length / 2, y + 15, "abc"[index]!, `text-anchor="middle" fill="${fill}" font-size="12"`)
      );
    })
    .join("");
};

const words = (x: number, y: number, text: string, look: string): string =>
  `<text x="${round(x)}" y="${y}" ${look}>${text}</text>`;

const rowsOf = (page: string): Row[] =>
  [...page.matchAll(/^\| `(\w+)` \| ([^|]+) % \| (\d+) ms \| ([^|]+) % \|$/gm)].map(
    ([, algorithm = "", slow = "", meanOpenMs, weighted = ""]) => ({
      algorithm,
      slow: slow.split(" / ").map(Number),
      meanOpenMs: Number(meanOpenMs),
      weighted: weighted.split(" / ").map(Number),
    }),
  );

const round = (value: number): number => Math.round(value * 10) / 10;
