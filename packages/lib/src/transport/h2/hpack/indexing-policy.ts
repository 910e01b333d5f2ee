/**
 * What becomes of a field that no table holds (RFC 7541 section 6.2): `incremental` adds it to the dynamic table,
 * `without` does not, `never` also asks every hop to keep it out of theirs.
 */
export type Indexing = "incremental" | "without" | "never";

/** Secrets: in a table, whoever shares the connection could guess at them by the length of blocks (section 7.1). */
const secret = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);
/** Seldom the same twice: in the table they would only drive out what repeats. */
const passing = new Set([
  ":path",
  "age",
  "content-length",
  "date",
  "etag",
  "if-modified-since",
  "if-none-match",
  "last-modified",
  "location",
  "proxy-status",
]);
/** A field above this, in bytes, would drive out most of a table of 4,096. */
const largestIndexed = 1024;

/** The default policy. A target asked for again costs one byte, since `:authority` is kept. */
export const indexingOf = (name: string, value: string): Indexing => {
  if (secret.has(name)) return "never";
  if (passing.has(name) || name.length + value.length > largestIndexed) return "without";
  return "incremental";
};
