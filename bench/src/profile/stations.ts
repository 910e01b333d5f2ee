/** What V8 writes with --cpu-prof: a tree of calls, and which node was running at each sample. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds of the system's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Where time went: microseconds in its own code, without what it called. */
export interface Spent {
  readonly name: string;
  readonly microseconds: number;
}

export interface ProfileSummary {
  /** All but waiting. */
  readonly busyUs: number;
  readonly idleUs: number;
  /** By source folder, the greatest first. */
  readonly stations: readonly Spent[];
  /** By function, the greatest first. */
  readonly functions: readonly Spent[];
}

/** `packages/lib/dist/transport/h2/core.js` is of `lib/transport/h2`: the folders of dist are those of src. */
const stationOf = (url: string, functionName: string): string => {
  const own = /\/(?:packages|bench)\/?([^/]*)\/dist\/(.*?)[^/]*$/.exec(url);
  if (own !== null) return `${own[1] || "bench"}/${own[2] ?? ""}`.replace(/\/$/, "");
  const dependency = /\/node_modules\/(?!\.pnpm)((?:@[^/]+\/)?[^/]+)\//.exec(url);
  if (dependency !== null) return dependency[1] ?? url;
  if (url.startsWith("node:")) return "node (JavaScript)";
  if (functionName === "(garbage collector)") return "garbage collector";
  return "node (native), system calls";
};

const placeOf = (url: string, functionName: string, line: number): string => {
  const file = /([^/]+)$/.exec(url)?.[1];
  const name = functionName === "" ? "(anonymous)" : functionName;
  return file === undefined ? name : `${name}  ${file.replace(/\.js$/, "")}:${line + 1}`;
};

/** Sums a profile up by station and by function, from `fromUs` of the monotonic clock on: starting is another matter. */
export const summarise = (
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  fromUs = 0,
): ProfileSummary => {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const stations = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyUs = 0;
  let idleUs = 0;
  let clock = startTime;
  const add = (sums: Map<string, number>, name: string, time: number): void => {
    sums.set(name, (sums.get(name) ?? 0) + time);
  };
  for (const [index, id] of samples.entries()) {
    // The time up to the next sample was spent where this one was.
    const time = timeDeltas[index + 1] ?? 0;
    clock += timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    if (frame === undefined || clock < fromUs) continue;
    if (frame.functionName === "(idle)") {
      idleUs += time;
      continue;
    }
    busyUs += time;
    add(stations, stationOf(frame.url, frame.functionName), time);
    add(functions, placeOf(frame.url, frame.functionName, frame.lineNumber), time);
  }
  const sorted = (sums: Map<string, number>): Spent[] =>
    [...sums]
      .map(([name, microseconds]) => ({ name, microseconds }))
      .sort((a, b) => b.microseconds - a.microseconds);
  return { busyUs, idleUs, stations: sorted(stations), functions: sorted(functions) };
};
