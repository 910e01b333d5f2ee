import { figureOf } from "./find-figure.ts";
import type { Result } from "./result.ts";
import { markdownTable } from "./table.ts";

const rows = [
  { title: "Total", key: "totalSeconds", form: (value: number) => `${value.toFixed(4)} s` },
  { title: "Slowest", key: "slowestSeconds", form: (value: number) => `${value.toFixed(4)} s` },
  { title: "Fastest", key: "fastestSeconds", form: (value: number) => `${value.toFixed(4)} s` },
  { title: "Average", key: "averageSeconds", form: (value: number) => `${value.toFixed(4)} s` },
  {
    title: "Requests/s",
    key: "perSecond",
    form: (value: number) => Math.round(value).toLocaleString("en-US"),
  },
  {
    title: "Requests/s the first time",
    key: "firstPerSecond",
    form: (value: number) => Math.round(value).toLocaleString("en-US"),
  },
  { title: "Errors", key: "errors", form: String },
] as const;

const chains = ["direct", "octoproxy http2", "octoproxy quic", "Rust original http2"] as const;

/** What the original's own benchmark prints, for those of these chains that took part. */
export const seedTable = (result: Result): string => {
  const present = chains.filter((chain) => Number.isFinite(figureOf(result, "w1", chain, "perSecond")));
  return markdownTable(
    ["hey, 20,000 requests, 15 workers", ...present],
    rows.map(({ title, key, form }) => [
      title,
      ...present.map((chain) => form(figureOf(result, "w1", chain, key))),
    ]),
  );
};
