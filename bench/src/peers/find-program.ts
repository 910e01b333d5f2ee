import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Path of a program that is on the PATH, or undefined. */
export const findProgram = (name: string): string | undefined => {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder.
    }
  }
  return undefined;
};

/** A sentence about the first of these programs that is not on the PATH; undefined where all are. */
export const missingProgram = (...names: readonly string[]): string | undefined => {
  const missing = names.find((name) => findProgram(name) === undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
};

/** The version in the first line that the program prints for it, such as `5.7`. */
export const programVersion = (program: string, option: string): string => {
  const { stdout, stderr } = spawnSync(program, [option], { encoding: "utf8", timeout: 5000 });
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout ?? ""}${stderr ?? ""}`)?.[0] ?? "unknown";
};
