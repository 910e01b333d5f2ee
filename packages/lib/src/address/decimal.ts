/**
 * The number that the text has from `from` to its end, in one to `mostDigits` digits and nothing else; -1 where it has
 * none. By hand, since each request has some. Up to 15 digits are exact.
 */
export const decimalAt = (text: string, from: number, mostDigits: number): number => {
  if (from === text.length || text.length > from + mostDigits) return -1;
  let number = 0;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
};
