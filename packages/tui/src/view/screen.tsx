import { Box } from "ink";
import type { JSX } from "react";
import { backendsOf, type TuiState } from "../store/state.ts";
import { BackendPanel, backendPanelExtra } from "./backend-panel.tsx";
import { DetailPanel, detailLines } from "./detail-panel.tsx";
import { EventPanel } from "./event-panel.tsx";
import { Header, headerRows } from "./header.tsx";
import { HelpLine } from "./help-line.tsx";
import { HelpPanel } from "./help-panel.tsx";
import { Line, span } from "./line.tsx";
import { MessageLine } from "./message-line.tsx";
import { TunnelPanel } from "./tunnel-panel.tsx";

export interface ScreenProps {
  readonly state: TuiState;
  /** Of the window, in cells. Nothing that is drawn is larger. */
  readonly columns: number;
  readonly rows: number;
  /** One frame for a script: without what is for somebody at the keys. */
  readonly still?: boolean;
}

export const leastColumns = 60;
export const leastRows = 16;
/** From here on, events have a place beside the tunnels. */
const wideColumns = 150;

/** A whole frame. */
export const Screen = ({ state, columns, rows, still = false }: ScreenProps): JSX.Element => {
  if (columns < leastColumns || rows < leastRows) {
    const words = `octoproxy tui needs ${leastColumns} × ${leastRows}; this is ${columns} × ${rows}`;
    return <Line spans={[span(words)]} cells={columns} />;
  }
  const bodyRows = rows - headerRows - (still ? 1 : 2);
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Header state={state} columns={columns} />
      <Box flexDirection="column" marginLeft={1} width={columns - 2} height={bodyRows}>
        <Body state={state} columns={columns - 2} rows={bodyRows} still={still} />
      </Box>
      <MessageLine state={state} columns={columns} />
      {still ? null : <HelpLine state={state} columns={columns} />}
    </Box>
  );
};

const Body = ({ state, columns, rows, still = false }: ScreenProps): JSX.Element => {
  if (state.help) return <HelpPanel columns={columns} rows={rows} />;
  switch (state.view) {
    case "overview":
      return <Overview state={state} columns={columns} rows={rows} still={still} />;
    case "tunnels":
      return <TunnelPanel state={state} focused={true} columns={columns} rows={rows} />;
    case "events":
      return <EventPanel state={state} focused={true} columns={columns} rows={rows} />;
    case "detail": {
      const facts = Math.min(detailLines + 2, rows);
      return (
        <>
          <DetailPanel state={state} columns={columns} rows={facts} />
          {rows - facts < 4 ? null : (
            <TunnelPanel state={state} focused={true} columns={columns} rows={rows - facts} />
          )}
        </>
      );
    }
  }
};

const Overview = ({ state, columns, rows, still = false }: ScreenProps): JSX.Element => {
  const isServer = state.snapshot?.status.role === "server";
  const wanted = Math.max(1, backendsOf(state).length) + backendPanelExtra;
  const backendRows = isServer ? 0 : Math.min(wanted, Math.max(6, Math.floor(rows * 0.6)));
  const lowerRows = rows - backendRows;
  const eventColumns = !still && columns >= wideColumns ? Math.floor(columns * 0.38) : 0;
  return (
    <>
      {isServer ? null : <BackendPanel state={state} focused={!still} columns={columns} rows={backendRows} />}
      <Box width={columns} height={lowerRows}>
        <TunnelPanel
          state={state}
          focused={isServer && !still}
          columns={columns - eventColumns}
          rows={lowerRows}
        />
        {eventColumns === 0 ? null : (
          <EventPanel state={state} focused={false} columns={eventColumns} rows={lowerRows} />
        )}
      </Box>
    </>
  );
};
