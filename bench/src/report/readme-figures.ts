import { capacityTable } from "./capacity.ts";
import { generatorTable } from "./generators.ts";
import type { Result } from "./result.ts";
import { seedTable } from "./seed-table.ts";
import { formatCurves, formatSection } from "./table.ts";

/** The parts of the page that are made from a result, by the name of their marks. */
const parts: Readonly<Record<string, (result: Result) => string>> = {
  run: ({ machine, rounds, quick, loadAtStart, loadHighest, minutes }) => {
    const programs = Object.entries(machine.programs).map(([name, version]) => `${name} ${version}`);
    const load = `load average ${loadAtStart.toFixed(1)} at the start, ${loadHighest.toFixed(1)} at the highest`;
    const others =
      loadHighest > 4
        ? " (**others were working on the machine: rates and even ratios are distorted, CPU time per operation is not**)"
        : "";
    return `${machine.date}, commit ${machine.commit}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}; ${programs.join(", ")}. ${rounds} rounds${quick ? " of a quick run" : ""}, ${minutes.toFixed(0)} minutes, ${load}${others}.`;
  },
  seed: seedTable,
  generators: generatorTable,
  comparison: ({ sections }) => sections.map(formatSection).join("\n\n"),
  growth: ({ curves }) => formatCurves(curves),
  capacity: capacityTable,
};

/**
 * The page with the figures of this result between `<!-- figures NAME -->` and `<!-- end -->`.
 * @throws Error for a mark that nothing is known to belong into.
 */
export const withFigures = (page: string, result: Result): string =>
  page.replace(
    /(<!-- figures (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const part = parts[name];
      if (part === undefined) throw new Error(`the page has a mark "${name}", and there are no such figures`);
      return `${begin}${part(result)}\n${end}`;
    },
  );
