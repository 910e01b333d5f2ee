// For tests: messages of all sorts, most of them well-formed, the rest malformed in the ways that smuggling uses.
import fc from "fast-check";

const fieldLine = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("Accept: a", "Content-Length: 5", "Transfer-Encoding: chunked") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "content-length: 05",
      "Content-Length: 5 ",
      "Content-Length: 5,5",
      "Content-Length: +5",
      "Transfer-Encoding:chunked",
      "Transfer-Encoding: \tCHUNKED ",
      "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding : chunked",
      "Transfer-Encoding: chunked\r\n ",
      "Transfer-Encoding: identity",
      "X: \u00e9",
      "X:",
      "X: a\rb",
      "X: a\nb",
      "X: a\u0000b",
      "X\u0001: a",
      " X: a",
      "__proto__: x",
      "Connection: close",
      "Connection: keep-alive",
      "Connection: content-length, transfer-encoding",
      "Trailer: X",
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 12 }) },
);

const lineEnd = fc.oneof(
  { weight: 80, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\r\n", "", "\n\r\n") },
);

const body = fc.constantFrom(
  "",
  "hello",
  "5\r\nhello\r\n0\r\n\r\n",
  "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "05\r\nhello\r\n00\r\n\r\n",
  "5 \r\nhello\r\n0\r\n\r\n",
  "5\nhello\n0\n\n",
  "5\r\nhello0\r\n\r\n",
  "5;\r\nhello\r\n0\r\n\r\n",
  '5;a="\n"\r\nhello\r\n0\r\n\r\n',
  "g\r\n",
);

/** A message that begins with one of these lines. */
export const messages = (startLine: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(startLine, lineEnd, fc.array(fc.tuple(fieldLine, lineEnd), { maxLength: 3 }), lineEnd, body)
    .map(
      ([start, end, lines, last, content]) =>
        `${start}${end}Host: h${end}${lines.flat().join("")}${last}${content}`,
    );
