import { printable } from "../error/proxy-error.ts";

/** Something in a configuration that a person should know: an error, or, where it stops nothing, a warning. */
export interface ConfigFault {
  /** As the user named it. */
  readonly file: string;
  /** From 1; undefined where the file itself is the matter (missing, too large). */
  readonly line: number | undefined;
  /** From 1, in UTF-16 units. */
  readonly column: number | undefined;
  /** `backends.tokyo.address`; empty where no key is meant. */
  readonly keyPath: string;
  /** The end of the sentence, without a full stop. */
  readonly message: string;
}

/** Faults past these are only counted: a file that is not a configuration at all has one a line. */
const maxPrinted = 50;

/** Every fault of every file of one configuration. `message` is what a person should read, complete. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Sorted by file (in order of reading), line and column; at least one. */
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(formatFaults(faults));
    this.faults = faults;
  }

  /** The faults, and below more than one of them their count and what follows from it. */
  report(consequence = "Nothing was started."): string {
    if (this.faults.length === 1) return this.message;
    const files = new Set(this.faults.map((fault) => fault.file)).size;
    const where = files === 1 ? "1 file" : `${files} files`;
    return `${this.message}\n${this.faults.length} faults in ${where}. ${consequence}`;
  }
}

/** One fault a line, the messages in one column. */
export const formatFaults = (faults: readonly ConfigFault[]): string => {
  const shown = faults.slice(0, maxPrinted);
  const places = shown.map(formatPlace);
  const width = Math.max(...places.map((place) => place.length)) + (shown.length > 1 ? 1 : 0);
  const lines = shown.map((fault, index) => `${places[index]!.padEnd(width)} ${formatSentence(fault)}`);
  if (faults.length > maxPrinted) lines.push(`… and ${faults.length - maxPrinted} more`);
  return lines.join("\n");
};

/** One fault in one line, `file:line:column key: message`. */
export const formatFault = (fault: ConfigFault): string => `${formatPlace(fault)} ${formatSentence(fault)}`;

/** In the order of the files given, then by line and column; faults of a whole file come first. */
export const sortFaults = (faults: readonly ConfigFault[], files: readonly string[]): ConfigFault[] =>
  faults.toSorted(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );

const formatPlace = ({ file, line, column }: ConfigFault): string =>
  printable(line === undefined ? `${file}:` : `${file}:${line}:${column}`);

const formatSentence = ({ keyPath, message }: ConfigFault): string =>
  printable(keyPath === "" ? message : `${keyPath}: ${message}`);
