/** Whether a token is this one (lower case; letters, digits and hyphens). Makes no string. */
export const isNamed = (name: string, lowerName: string): boolean => {
  if (name.length !== lowerName.length) return false;
  // Of the characters of a token this bit tells only upper case from lower where the other one is of these.
  for (let at = 0; at < name.length; at++) {
    if ((name.charCodeAt(at) | 0x20) !== lowerName.charCodeAt(at)) return false;
  }
  return true;
};

/**
 * Field lines of one head in the order of the wire. Two lists side by side, not a map: lines of one name stay apart,
 * and no name of an object's prototype can be met.
 */
export class Fields {
  /** As they were written. */
  readonly names: string[] = [];
  /** Without the white space around them. */
  readonly values: string[] = [];
  /** A bit for each length of a name that is there: most names that are asked for are not. */
  #lengths = 0;

  get length(): number {
    return this.names.length;
  }

  add(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
    this.#lengths |= 1 << name.length;
  }

  /** The value of the first line of that name (lower case). */
  get(lowerName: string): string | undefined {
    const at = this.#next(lowerName, 0);
    return at < 0 ? undefined : this.values[at];
  }

  /** How many lines bear that name (lower case). */
  count(lowerName: string): number {
    let count = 0;
    for (let at = this.#next(lowerName, 0); at >= 0; at = this.#next(lowerName, at + 1)) count++;
    return count;
  }

  /** All lines of that name (lower case) as one list, the way RFC 9110 section 5.3 joins them. */
  joined(lowerName: string): string | undefined {
    const first = this.#next(lowerName, 0);
    if (first < 0) return undefined;
    let value = this.values[first]!;
    for (let at = this.#next(lowerName, first + 1); at >= 0; at = this.#next(lowerName, at + 1)) {
      value += `, ${this.values[at]}`;
    }
    return value;
  }

  #next(lowerName: string, from: number): number {
    if ((this.#lengths & (1 << lowerName.length)) === 0) return -1;
    const { names } = this;
    for (let at = from; at < names.length; at++) if (isNamed(names[at]!, lowerName)) return at;
    return -1;
  }
}

/** Members of a comma-separated list of tokens, in lower case, empty ones left out. */
export const listMembers = (value: string): string[] =>
  value
    .toLowerCase()
    .split(",")
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
