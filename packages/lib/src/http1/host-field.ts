import { formatTarget, type Target } from "../address/target.ts";

/** The value of Host for plain HTTP: the port is left out where it is 80, as clients do (some origins compare). */
export const formatHostField = (target: Target): string => {
  const text = formatTarget(target);
  return target.port === 80 ? text.slice(0, -3) : text;
};
