import { type TestContext, type TestOptions, test } from "node:test";
import { Pair, type PairOptions, type TransportName } from "./pair.ts";

/** What applications see is the same whatever lies below: the third, experimental transport is shown by its own tests. */
export const everydayTransports: readonly TransportName[] = ["http2", "quic"];

/** A test of a client and a server that are up, once for each transport between them; the everyday ones unless `on` says more. */
export const onEachTransport = (
  name: string,
  options: TestOptions & { readonly pair?: PairOptions; readonly on?: readonly TransportName[] },
  body: (pair: Pair, t: TestContext) => Promise<void>,
): void => {
  const { pair: lines, on = everydayTransports, ...rest } = options;
  for (const transport of on) {
    test(`${name} (${transport})`, rest, async (t) => {
      await using pair = await Pair.start({ ...lines, transport });
      await body(pair, t);
    });
  }
};
