import { existsSync, globSync, statSync } from "node:fs";
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

/** When a file was written last; never where it is not there. */
const timeOf = (path: string): number => statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** What the executable is made from. The first file that needs it has made it long before the next one comes. */
const inputs = [
  "packages/*/dist/.tsbuildinfo",
  "packages/quic/{prebuilds,native/built}/*/*.node",
  "scripts/*.ts",
];

let building: Promise<string> | undefined;

/** Path of `dist/octoproxy`, made from the code as it is built now. */
export const builtBinary = (): Promise<string> => {
  building ??= (async () => {
    const path = `${root}dist/octoproxy`;
    // Written last.
    const made = timeOf("dist/octoproxy.sha256");
    const fresh = globSync(inputs, { cwd: root }).every((input) => timeOf(input) < made);
    if (!fresh || !existsSync(path)) await runScript("build-binary");
    if (!existsSync(path)) throw new Error(`${path} was not made`);
    return path;
  })();
  return building;
};
