/**
 * Field lines of one head in the order of the wire. Three lists side by side, not a map: lines of one name stay apart,
 * and no name of an object's prototype can be met.
 */
export class Fields {
  /** As they were written. */
  readonly names: string[] = [];
  /** The same in lower case. */
  readonly lowerNames: string[] = [];
  /** Without the white space around them. */
  readonly values: string[] = [];

  get length(): number {
    return this.names.length;
  }

  add(name: string, value: string): void {
    this.names.push(name);
    this.lowerNames.push(name.toLowerCase());
    this.values.push(value);
  }

  /** The value of the first line of that name (lower case). */
  get(lowerName: string): string | undefined {
    const at = this.lowerNames.indexOf(lowerName);
    return at < 0 ? undefined : this.values[at];
  }

  /** How many lines bear that name (lower case). */
  count(lowerName: string): number {
    let count = 0;
    for (const name of this.lowerNames) if (name === lowerName) count++;
    return count;
  }

  /** All lines of that name (lower case) as one list, the way RFC 9110 section 5.3 joins them. */
  joined(lowerName: string): string | undefined {
    const first = this.lowerNames.indexOf(lowerName);
    if (first < 0) return undefined;
    let value = this.values[first]!;
    for (let at = this.lowerNames.indexOf(lowerName, first + 1); at >= 0; ) {
      value += `, ${this.values[at]}`;
      at = this.lowerNames.indexOf(lowerName, at + 1);
    }
    return value;
  }
}

/** Members of a comma-separated list of tokens, in lower case, empty ones left out. */
export const listMembers = (value: string): string[] =>
  value
    .toLowerCase()
    .split(",")
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
