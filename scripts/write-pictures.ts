// `npm run doc:pictures`: the pictures in doc/assets that are made from what the program does. Needs the build.
import { readFileSync, writeFileSync } from "node:fs";

await import("../packages/tui/dist/picture/coloured.fixture.js");
const { overviewPicture } = await import("../packages/tui/dist/picture/overview-picture.fixture.js");
writeFileSync("doc/assets/tui.svg", overviewPicture());
const { sharesPicture } = await import("../packages/lib/dist/balance/shares-picture.fixture.js");
writeFileSync("doc/assets/balancing.svg", sharesPicture(readFileSync("doc/balancing.md", "utf8")));
