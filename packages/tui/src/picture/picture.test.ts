import "./coloured.fixture.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { overviewPicture } from "./overview-picture.fixture.tsx";
import { terminalSvg } from "./terminal-svg.ts";

const repository = new URL("../../../../", import.meta.url);

test("doc/assets/tui.svg is what the terminal UI looks like now (npm run doc:pictures writes it)", () => {
  const picture = overviewPicture();
  assert.equal(readFileSync(new URL("doc/assets/tui.svg", repository), "utf8"), picture);
  // In colour, and with the words of the view.
  assert.match(picture, /fill="#56d4dd" font-weight="bold">[^<]*Backends/);
  for (const word of ["tokyo", "203.0.113.7:8443", "registry.example:443"])
    assert.ok(picture.includes(word), word);
});

test("every character of a frame stands in its cell, and what it looks like beside it", () => {
  const svg = terminalSvg("a \u001b[1;31m<b>\u001b[0m\n  \u001b[7mc \u001b[27m\u001b[2md\u001b[22m", "t & t");
  assert.match(svg, /<title>t &amp; t<\/title>/);
  assert.match(svg, /<text x="12" y="25.5" textLength="8.4"[^>]*fill="#e6edf3">a<\/text>/);
  assert.match(
    svg,
    /<text x="28.8" y="25.5" textLength="25.2"[^>]*fill="#ff7b72" font-weight="bold">&lt;b&gt;</,
  );
  assert.match(svg, /<rect x="28.8" y="30" width="16.8" height="18" fill="#e6edf3"\/><text [^>]*>c <\/text>/);
  assert.match(svg, /<text x="45.6" y="43.5"[^>]*opacity="0.6">d<\/text>/);
});
