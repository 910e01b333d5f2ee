/** The part of a list that is shown. */
export interface Window {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** As much as fits, with the selected row in the middle where the list goes on at both ends. */
export const windowAround = (place: number, length: number, rows: number): Window => {
  const most = Math.max(0, rows);
  const from = Math.max(0, Math.min(place - Math.floor(most / 2), length - most));
  return { from, to: Math.min(length, from + most) };
};

/** `1–9 of 20`; empty where all of it is shown. */
export const windowWords = ({ from, to }: Window, length: number): string =>
  to - from >= length || to <= from ? "" : `${from + 1}–${to} of ${length}`;
