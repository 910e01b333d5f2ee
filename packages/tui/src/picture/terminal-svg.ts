/** How a run of cells looks, as the escape sequences before it said. */
interface Look {
  readonly color: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

interface Run extends Look {
  readonly text: string;
}

const plain: Look = { color: undefined, bold: false, dim: false, inverse: false };

/** The eight colours, in the order of SGR 30 to 37 (ECMA-48), as they are well seen on a dark ground. */
const colors = ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"];
const ground = "#0d1117";
const ink = "#e6edf3";
const cell = { width: 8.4, height: 18 } as const;
const margin = 12;

/**
 * A frame with its escape sequences (colours, bold, dim, inverse; others are left out) as a picture.
 * @param title for those who do not see it.
 */
export const terminalSvg = (frame: string, title: string): string => {
  const lines = frame.split("\n").map(runsOf);
  const columns = Math.max(...lines.map((runs) => runs.reduce((sum, { text }) => sum + text.length, 0)));
  const width = round(columns * cell.width + 2 * margin);
  const height = round(lines.length * cell.height + 2 * margin);
  const drawn = lines.flatMap((runs, row) => {
    let column = 0;
    return runs.flatMap((run) => {
      const at = column;
      column += run.text.length;
      return run.text.trim() === "" && !run.inverse ? [] : [runSvg(run, at, row)];
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
${drawn.join("\n")}
</svg>
`;
};

const runSvg = (run: Run, column: number, row: number): string => {
  const { color = ink, bold, dim, inverse } = run;
  // Blanks around it are only places.
  const text = inverse ? run.text : run.text.trim();
  const start = column + (inverse ? 0 : run.text.length - run.text.trimStart().length);
  const x = round(margin + start * cell.width);
  const length = round(text.length * cell.width);
  const top = round(margin + row * cell.height);
  const back = inverse
    ? `<rect x="${x}" y="${top}" width="${length}" height="${cell.height}" fill="${color}"/>`
    : "";
  const look = [
    `fill="${inverse ? ground : color}"`,
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ];
  return `${back}<text x="${x}" y="${round(top + 13.5)}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ${look.join(" ")}>${escaped(text)}</text>`;
};

const runsOf = (line: string): Run[] => {
  const runs: Run[] = [];
  let look = plain;
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith("\u001b[")) {
      for (const code of part.slice(2, -1).split(";")) look = afterCode(look, Number(code));
    } else if (part !== "") runs.push({ ...look, text: part });
  }
  return runs;
};

/** SGR parameters, ECMA-48 section 8.3.117. */
const afterCode = (look: Look, code: number): Look => {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 27) return { ...look, inverse: false };
  if (code === 39) return { ...look, color: undefined };
  const color = code >= 90 ? colors[code - 90] : colors[code - 30];
  return color === undefined ? look : { ...look, color };
};

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
