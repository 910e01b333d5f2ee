/** A way into a TOML document: names of tables and keys, and positions in arrays. */
export type KeyPath = readonly (string | number)[];

/** As TOML would write it: `backends.tokyo.address`, `"*.corp.example".backend`, `listen_address[1]`. */
export const formatKeyPath = (path: KeyPath): string =>
  path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      return `${index === 0 ? "" : "."}${/^[A-Za-z0-9_-]+$/.test(part) ? part : quoted(part)}`;
    })
    .join("");

/** A value as a message shows it: short, in one line. */
export const quoted = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return `"${short}"`;
};

/** Any TOML value as a message shows it. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "a table";
  return String(value);
};
