import { renderToString } from "ink";
import { livelyState } from "../lively-snapshot.fixture.ts";
import { Screen } from "../view/screen.tsx";
import { terminalSvg } from "./terminal-svg.ts";

const size = { columns: 80, rows: 24 } as const;

/** What `doc/assets/tui.svg` holds: the overview at 80 × 24. In colour where FORCE_COLOR was 1 before Ink was loaded. */
export const overviewPicture = (): string =>
  terminalSvg(
    renderToString(<Screen state={livelyState()} {...size} />, { columns: size.columns }),
    "octoproxy tui: four backends, two of them up, and the live tunnels of a client",
  );
