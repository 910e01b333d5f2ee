const units = ["", "k", "M", "G", "T", "P", "E"];

/** At most four characters and a unit of thousands: `0`, `999`, `1.2k`, `380k`, `12M`. */
export const compact = (value: number): string => {
  const [number, unit] = scaled(value);
  return `${number}${unit}`;
};

/** `999 B`, `1.2 kB`, `31 MB`. */
export const bytes = (value: number): string => {
  const [number, unit] = scaled(value);
  return `${number} ${unit}B`;
};

/** `12,034`. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** `1 tunnel`, `12,034 tunnels`. */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Rounded before the unit is chosen, so that 999,950 is `1.0M` and not `1000k`. */
const scaled = (value: number): [number: string, unit: string] => {
  let rest = Math.max(0, value);
  for (const unit of units) {
    const number = unit === "" || rest >= 9.95 ? rest.toFixed(0) : rest.toFixed(1);
    if (Number(number) < 1000) return [number, unit];
    rest /= 1000;
  }
  return ["999", "E"];
};
