import { type TestContext, type TestOptions, test } from "node:test";
import { Pair, type PairOptions, transports } from "./pair.ts";

/** A test of a client and a server that are up, once for each transport between them. */
export const onEachTransport = (
  name: string,
  options: TestOptions & { readonly pair?: PairOptions },
  body: (pair: Pair, t: TestContext) => Promise<void>,
): void => {
  const { pair: lines, ...rest } = options;
  for (const transport of transports) {
    test(`${name} (${transport})`, rest, async (t) => {
      await using pair = await Pair.start({ ...lines, transport });
      await body(pair, t);
    });
  }
};
