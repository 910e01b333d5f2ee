import { type TestContext, type TestOptions, test } from "node:test";
import { Pair } from "./pair.ts";

type Lines = NonNullable<Parameters<typeof Pair.start>[0]>;

/** A test of a client and a server that are up, once for each transport between them. */
export const onEachTransport = (
  name: string,
  options: TestOptions & { readonly pair?: Lines | (() => Promise<Lines>) },
  body: (pair: Pair, t: TestContext) => Promise<void>,
): void => {
  const { pair: lines, ...rest } = options;
  for (const transport of ["http2"] as const) {
    test(`${name} (${transport})`, rest, async (t) => {
      await using pair = await Pair.start(typeof lines === "function" ? await lines() : lines);
      await body(pair, t);
    });
  }
};
