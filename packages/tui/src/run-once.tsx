import { type AdminAccess, AdminCallError } from "@octoproxy/lib/admin/admin-call";
import type { SnapshotEvent } from "@octoproxy/lib/admin/event-schemas";
import { formatListenAddress } from "@octoproxy/lib/config/listen-address";
import { renderToString } from "ink";
import { readEvents } from "./event-feed.ts";
import { reduce } from "./store/reducer.ts";
import { initialState } from "./store/state.ts";
import { leastColumns, leastRows, Screen } from "./view/screen.tsx";

/** For a daemon that hangs. */
const patienceMs = 10_000;
/** Header, message and the frames of two tables. */
const rowsAround = 9;
const mostTunnels = 20;

/**
 * One frame of a running daemon as text.
 * @param size what is undefined is chosen: 80 columns, and as many rows as it takes.
 * @throws AdminCallError where the daemon does not answer.
 */
export const frameOnce = async (
  access: AdminAccess,
  size: { readonly columns: number | undefined; readonly rows: number | undefined },
): Promise<string> => {
  const snapshot = await firstSnapshot(access);
  const state = reduce(initialState(formatListenAddress(access.address), Date.now()), {
    type: "message",
    message: snapshot,
    nowMs: Date.now(),
  });
  const wanted =
    rowsAround + snapshot.backends.length + Math.min(mostTunnels, Math.max(1, snapshot.tunnels.length));
  const columns = Math.max(leastColumns, size.columns ?? 80);
  const rows = Math.max(leastRows, size.rows ?? wanted);
  const frame = renderToString(<Screen state={state} columns={columns} rows={rows} still={true} />, {
    columns,
  });
  return frame
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};

const firstSnapshot = async (access: AdminAccess): Promise<SnapshotEvent> => {
  const enough = new AbortController();
  const found: SnapshotEvent[] = [];
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(patienceMs)]);
  await readEvents(
    access,
    (message) => {
      if (message.type !== "snapshot" || found.length > 0) return;
      found.push(message);
      enough.abort();
    },
    signal,
  );
  const [snapshot] = found;
  if (snapshot !== undefined) return snapshot;
  throw new AdminCallError(`${formatListenAddress(access.address)} did not answer in time`);
};
