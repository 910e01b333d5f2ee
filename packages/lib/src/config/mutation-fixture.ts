import fc from "fast-check";

// For property tests: what hands, editors and accidents make of a good file.

const values = [
  "-1",
  "0",
  "1e999",
  "nan",
  "true",
  '""',
  '"x"',
  "[]",
  "[1, 'a', {}]",
  "{}",
  "{ toString = 1, valueOf = 2 }",
  "1979-05-27T07:32:00Z",
  "07:32:00",
  '"\\u0000\\u001b[2J"',
  "9007199254740991",
  '"999999999999 GiB"',
];
const lines = [
  "[",
  '["__proto__"]',
  "[backends]",
  "[backends.__proto__]",
  "[backends.tokyo.http2.x]",
  "[[clients]]",
  "constructor = 1",
  "hasOwnProperty = { a = 1 }",
  "= 1",
  'x = """',
  "\u0000",
  "\ufeff",
  "🐙 = 1",
];

type Mutation = (text: string) => string;

const at = (text: string, position: number): number => position % (text.length + 1);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(...values)).map(
    ([n, value]): Mutation =>
      (text) => {
        const assignments = [...text.matchAll(/= *(.*)$/gm)];
        const chosen = assignments[n % Math.max(1, assignments.length)];
        if (chosen === undefined) return text;
        return `${text.slice(0, chosen.index)}= ${value}${text.slice(chosen.index + chosen[0].length)}`;
      },
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...lines)).map(
    ([n, line]): Mutation =>
      (text) => {
        const all = text.split("\n");
        all.splice(n % (all.length + 1), 0, line);
        return all.join("\n");
      },
  ),
  fc.nat().map(
    (n): Mutation =>
      (text) => {
        const all = text.split("\n");
        all.splice(n % all.length, 1);
        return all.join("\n");
      },
  ),
  fc.tuple(fc.nat(), fc.string({ unit: "binary", maxLength: 3 })).map(
    ([n, noise]): Mutation =>
      (text) =>
        text.slice(0, at(text, n)) + noise + text.slice(at(text, n)),
  ),
  fc.nat().map(
    (n): Mutation =>
      (text) =>
        text.slice(0, at(text, n)) + text.slice(at(text, n) + 1),
  ),
  fc.nat().map(
    (n): Mutation =>
      (text) =>
        text.slice(0, at(text, n)),
  ),
  fc.constant<Mutation>((text) => text.replaceAll("\n", "\r\n")),
);

/** The text after a few mutations, often none. */
export const mutatedText = (text: string): fc.Arbitrary<string> =>
  fc
    .array(mutation, { maxLength: 3 })
    .map((mutations) => mutations.reduce((mutated, mutate) => mutate(mutated), text));
