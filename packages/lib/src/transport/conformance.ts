import { describe } from "node:test";
import { bytesSuite } from "./conformance/bytes.ts";
import { endingsSuite } from "./conformance/endings.ts";
import { lifeSuite } from "./conformance/life.ts";
import { openingSuite } from "./conformance/opening.ts";
import type { MakeTransport } from "./conformance/test-bed.ts";

/**
 * What every transport must do. Called in a `*.test.ts`; `make` starts one listener for each test.
 * Streams are checked for exact bytes, order, bounds and calls that must not come; connections for each way to end.
 */
export const conformance = (name: string, make: MakeTransport): void => {
  describe(`transport ${name}: opening`, () => openingSuite(make));
  describe(`transport ${name}: bytes`, () => bytesSuite(make));
  describe(`transport ${name}: endings`, () => endingsSuite(make));
  describe(`transport ${name}: life`, () => lifeSuite(make));
};
