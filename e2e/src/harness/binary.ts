import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./programs.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The repository's folder. */
export const repository = root;

/** Runs one of the scripts that build packages. @returns what it wrote. */
export const runScript = async (name: string, ...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await run(process.execPath, [`scripts/${name}.ts`, ...args], {
    cwd: root,
  });
  if (status !== 0) throw new Error(`scripts/${name}.ts: status ${status}\n${stdout}${stderr}`);
  return stdout.toString();
};

let building: Promise<string> | undefined;

/** Path of `dist/octoproxy`, made from the code as it is built now. */
export const builtBinary = (): Promise<string> => {
  building ??= runScript("build-binary").then(() => {
    const path = `${root}dist/octoproxy`;
    if (!existsSync(path)) throw new Error(`${path} was not made`);
    return path;
  });
  return building;
};
