/** What is wrong with a pattern or a rewrite, as the end of a sentence that begins with the key's path. */
export class RuleFault extends Error {
  override readonly name = "RuleFault";
}
