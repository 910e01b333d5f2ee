// What `e2e/COVERAGE.md` says: rows with their test files, and the files beyond them.

export interface CoveredRow {
  /** `R01` */
  readonly id: string;
  /** Names below `e2e/src`, without `.test.ts`. */
  readonly files: readonly string[];
  /** Beginnings of the names of tests, by file, where a file covers more than its row. */
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  /** The last cell. */
  readonly green: string;
}

export interface Coverage {
  readonly rows: readonly CoveredRow[];
  readonly beyond: readonly string[];
}

const linked = /\[([^\]]+)\]\(src\/\1\.test\.ts\)(?:: "([^"]+)")?/g;

/** @param page the text of COVERAGE.md. */
export const readCoverage = (page: string): Coverage => {
  const [covered = "", beyond = ""] = page.split("\n## Beyond the rows\n");
  const rows = [...covered.matchAll(/^\| (R\d\d) \| .* \|$/gm)].map(([line, id = ""]) => {
    const cells = line.slice(2, -2).split(" | ");
    const links = [...(cells[3] ?? "").matchAll(linked)];
    return {
      id,
      files: links.map(([, file = ""]) => file),
      tests: links.flatMap(([, file = "", name]) => (name === undefined ? [] : [{ file, name }])),
      green: cells.at(-1) ?? "",
    };
  });
  return { rows, beyond: [...beyond.matchAll(linked)].map(([, file = ""]) => file) };
};

/** The page with other last cells. */
export const withGreen = (page: string, greenOf: (row: CoveredRow) => string): string => {
  const rows = new Map(readCoverage(page).rows.map((row) => [row.id, row]));
  return page.replace(/^(\| (R\d\d) \| .* \| )[^|]* \|$/gm, (line, before: string, id: string) => {
    const row = rows.get(id);
    return row === undefined ? line : `${before}${greenOf(row)} |`;
  });
};
