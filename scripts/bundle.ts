import { readFileSync } from "node:fs";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

const empty = new URL("empty-module.cjs", import.meta.url).pathname;

/** zod carries its sentences in sixty languages; octoproxy speaks one of its own. */
const withoutLocales: Plugin = {
  name: "without-locales",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/locales\/index\.js$/ }, () => ({ path: empty, sideEffects: false }));
  },
};

/** esbuild's settings that every bundle of octoproxy shares: ES modules, for the Node that it is built with. */
const shared: BuildOptions & { readonly metafile: true } = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node26",
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "error",
  plugins: [withoutLocales],
  alias: {
    // Only for the debugger of React's developer tools.
    "react-devtools-core": empty,
    // Not asked for: the admin API gives fastify its own (`withoutSchemas`).
    "@fastify/ajv-compiler": empty,
    "@fastify/fast-json-stringify-compiler": empty,
  },
  define: { "process.env.NODE_ENV": '"production"' },
  // Packages in CommonJS ask for Node's own modules by require, which a module does not have.
  banner: {
    js: 'import{createRequire as octoproxyRequire}from"node:module";const require=octoproxyRequire(import.meta.url);',
  },
};

/** Modules that look for files beside themselves: they find those of the checkout from the bundle. */
const lookingFromTheirPackage: Plugin = {
  name: "looking-from-their-package",
  setup: ({ onLoad }) => {
    onLoad({ filter: /packages\/quic\/dist\/platform\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        "import.meta.url",
        'new URL("../../../quic/dist/platform.js", import.meta.url).href',
      ),
    }));
  },
};

/**
 * A folder that is loaded instead of the built modules of this checkout, `packages/octoproxy/dist/bundle`. Readable, with
 * maps to the sources.
 */
export const bundleCheckout = async (entry: string, outdir: string): Promise<void> => {
  await build({
    ...shared,
    entryPoints: [entry],
    outdir,
    splitting: true,
    minify: false,
    sourcemap: "linked",
    plugins: [withoutLocales, lookingFromTheirPackage],
  });
};

/** Everything in one file. @returns what went in. */
export const bundleOneFile = async (entry: string, outfile: string): Promise<Metafile> =>
  (await build({ ...shared, entryPoints: [entry], outfile })).metafile;

/**
 * A file for each entry, named by its key, and files for what they share or load when it is asked for, all in `outdir`
 * itself: the addon of QUIC is looked for one folder up. @returns what went in.
 */
export const bundleFolder = async (
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<Metafile> =>
  (await build({ ...shared, entryPoints, outdir, splitting: true, chunkNames: "[hash]" })).metafile;
