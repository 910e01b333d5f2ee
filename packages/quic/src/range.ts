import { QuicError } from "./quic-error.ts";

/** `value` where it is a whole number within its bounds: the addon would wrap it silently otherwise. */
export const within = (name: string, value: number, least: number, most: number): number => {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new QuicError(
    "BAD_OPTION",
    `${name} is ${value}, but must be a whole number from ${least} to ${most}`,
  );
};

/** The same for one that need not be whole. */
export const between = (name: string, value: number, least: number, most: number): number => {
  if (value >= least && value <= most) return value;
  throw new QuicError("BAD_OPTION", `${name} is ${value}, but must be from ${least} to ${most}`);
};

export const greatestU32 = 2 ** 32 - 1;

/** QUIC's codes go up to 2^62 - 1, exact numbers of JavaScript up to 2^53 - 1. */
export const applicationCode = (value: number): number => within("code", value, 0, Number.MAX_SAFE_INTEGER);
