const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Two units at most: `8 s`, `2 m 11 s`, `44 m`, `3 h 2 m`, `3 d 4 h`. */
export const duration = (ms: number): string => {
  const whole = Math.max(0, Math.floor(ms / second) * second);
  if (whole < minute) return `${whole / second} s`;
  if (whole < 10 * minute) return two(whole, minute, "m", second, "s");
  if (whole < hour) return `${Math.floor(whole / minute)} m`;
  if (whole < day) return two(whole, hour, "h", minute, "m");
  return two(whole, day, "d", hour, "h");
};

/** One unit: `12 s`, `9 m`, `3 h`, `4 d`. */
export const briefDuration = (ms: number): string => {
  const passed = Math.max(0, ms);
  if (passed < minute) return `${Math.floor(passed / second)} s`;
  if (passed < hour) return `${Math.floor(passed / minute)} m`;
  return passed < day ? `${Math.floor(passed / hour)} h` : `${Math.floor(passed / day)} d`;
};

/** Of a wait or an answer: `0.4 ms`, `41 ms`, `1.0 s`; `—` where there is none yet. */
export const latency = (ms: number | null): string => {
  if (ms === null) return "—";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
};

/** `14:02:11` of an ISO 8601 instant, in the time of this machine. */
export const clock = (instant: string): string => new Date(instant).toTimeString().slice(0, 8);

const two = (ms: number, large: number, largeName: string, small: number, smallName: string): string => {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)} ${largeName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
};
