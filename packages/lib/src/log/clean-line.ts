/** What a JSON text may spell out or contain that a terminal would act on. */
const suspicious = /[\\\u007f-\uffff]/;
const escapes = /\\(?:u([0-9a-f]{4})|(.))/gi;
const raw = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A log line (JSON) whose strings are fit for a terminal, also once they are decoded: control characters and
 * characters that change the direction of writing become `?`. Host names, certificates and headers put them there.
 */
export const cleanLine = (line: string): string => {
  if (!suspicious.test(line)) return line;
  return line
    .replace(escapes, (whole, hex: string | undefined, char: string | undefined) => {
      if (hex !== undefined) return isControl(Number.parseInt(hex, 16)) ? "?" : whole;
      return char === '"' || char === "\\" || char === "/" ? whole : "?";
    })
    .replace(raw, "?");
};

const isControl = (code: number): boolean =>
  code < 0x20 ||
  (code >= 0x7f && code <= 0x9f) ||
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069);
