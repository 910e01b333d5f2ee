import type { TunnelView } from "@octoproxy/lib/admin/schemas";
import { backendsOf, type TuiState } from "../store/state.ts";
import { bytesOf, partyOf, rateOf } from "../store/tunnel-list.ts";
import { duration, latency } from "../text/duration.ts";
import { cellsOf } from "../text/fit.ts";
import { bytes, compact } from "../text/quantity.ts";
import { sparkline } from "../text/sparkline.ts";
import { good, quiet, span } from "./line.tsx";
import type { Column } from "./table.ts";

/** What the table of tunnels can show; which of them it does is the window's width. */
export const tunnelColumns = (state: TuiState): readonly Column<TunnelView>[] => {
  const isServer = state.snapshot?.status.role === "server";
  const names = backendsOf(state).map(({ name }) => cellsOf(name));
  return [
    { title: "target", least: 28, grows: true, rank: 100, cell: ({ target }) => span(target) },
    {
      title: isServer ? "client" : "backend",
      least: Math.min(16, Math.max(isServer ? 14 : 7, ...names)),
      rank: 90,
      cell: (tunnel) => span(partyOf(tunnel)),
    },
    { title: "proto", least: 7, rank: 50, cell: ({ protocol }) => span(protocol ?? "—") },
    { title: "door", least: 7, rank: 30, cell: ({ door }) => span(door ?? "—") },
    { title: "rule", least: 16, rank: 25, cell: ({ rule }) => span(rule ?? "—") },
    { title: "from", least: 21, rank: 20, cell: ({ source }) => span(source ?? "—") },
    figure("age", 9, 85, ({ age_ms: ageMs }) => duration(ageMs)),
    figure("open", 6, 45, ({ open_ms: openMs }) => latency(openMs)),
    figure("bytes", 6, 80, (tunnel) => bytes(bytesOf(tunnel))),
    figure("↓", 6, 41, (tunnel) => bytes(tunnel.bytes_in)),
    figure("↑", 6, 40, (tunnel) => bytes(tunnel.bytes_out)),
    figure("/s", 4, 70, (tunnel) => compact(rateOf(tunnel))),
    {
      title: "",
      least: 8,
      rank: 75,
      cell: ({ id }, cells) => span(sparkline(state.history.tunnels.get(id) ?? [], cells), good),
    },
  ];
};

const figure = (
  title: string,
  least: number,
  rank: number,
  textOf: (tunnel: TunnelView) => string,
): Column<TunnelView> => ({
  title,
  align: "right",
  least,
  rank,
  cell: (tunnel) => {
    const text = textOf(tunnel);
    return span(text, text === "0" || text === "0 B" ? quiet : {});
  },
});
