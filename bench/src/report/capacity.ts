import { figureOf, lastOf } from "./find-figure.ts";
import type { Result } from "./result.ts";
import { formatFigure, markdownTable } from "./table.ts";

/** What one client machine does at its busiest: a person with a browser, updates and a video in the background. */
export const busyClient = {
  openTunnels: 60,
  newTunnelsPerSecond: 2,
  requestsPerSecond: 3,
  mebibytesPerSecond: 1,
} as const;

/** Share of the one core of a server's data thread that peaks may fill; what is left is for what nobody foresaw. */
const usableCore = 0.6;

/** Clients that come back at once after a restart must be through their handshakes within this time. */
const returnSeconds = 10;

/** What one server spends, from the medians of one run. CPU in microseconds, memory in kilobytes. */
const costsOf = (result: Result) => ({
  tunnel: figureOf(result, "w2", "octoproxy http2", "serverCpuUs"),
  request: figureOf(result, "w1", "octoproxy http2", "serverCpuUs"),
  mebibyte: figureOf(result, "w3", "octoproxy http2", "serverCpuUs"),
  handshake: lastOf(result, "clients of one server", "µs CPU a handshake"),
  clientKb: lastOf(result, "clients of one server", "KB a client"),
  // Both sides together were measured: the server's is less.
  tunnelKb: figureOf(result, "w5", "octoproxy http2", "perTunnelKb"),
  idleMb: figureOf(result, "w5", "octoproxy http2", "idleMb") / 2,
});

/** The estimate on paper: what so many busy clients ask of servers that cost what was measured. */
export const capacityTable = (result: Result): string => {
  const costs = costsOf(result);
  const { openTunnels, newTunnelsPerSecond, requestsPerSecond, mebibytesPerSecond } = busyClient;
  const perSecondUs =
    newTunnelsPerSecond * costs.tunnel +
    requestsPerSecond * costs.request +
    mebibytesPerSecond * costs.mebibyte;
  const lines = [10, 100, 1000].map((clients) => {
    const cores = (clients * perSecondUs) / 1e6;
    const memoryMb = costs.idleMb + (clients * (costs.clientKb + openTunnels * costs.tunnelKb)) / 1000;
    const handshakeSeconds = (clients * costs.handshake) / 1e6;
    const servers = Math.max(1, Math.ceil(cores / usableCore), Math.ceil(handshakeSeconds / returnSeconds));
    return [
      clients.toLocaleString("en-US"),
      (clients * openTunnels).toLocaleString("en-US"),
      cores.toFixed(2),
      `${formatFigure(Math.round(memoryMb))} MB`,
      `${((clients * mebibytesPerSecond * 8 * 1.048576) / 1000).toFixed(1)} Gbit/s`,
      `${handshakeSeconds.toFixed(2)} s`,
      String(servers),
    ];
  });
  const head = [
    "clients, all at their busiest",
    "open tunnels",
    "cores busy",
    "memory of the servers",
    "each way through them",
    "all handshakes after a restart, of one core",
    "servers",
  ];
  const measured = `Measured costs of a server (HTTP/2): a tunnel ${formatFigure(costs.tunnel)} µs, a plain request ${formatFigure(costs.request)} µs, a MiB ${formatFigure(costs.mebibyte)} µs, a handshake ${formatFigure(costs.handshake)} µs; ${formatFigure(costs.clientKb)} KB a connected client, ${formatFigure(costs.tunnelKb)} KB an open tunnel (both sides), ${formatFigure(costs.idleMb)} MB when idle.`;
  return `${measured}\n\n${markdownTable(head, lines)}`;
};
