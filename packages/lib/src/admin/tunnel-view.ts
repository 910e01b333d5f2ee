import { printable } from "../error/proxy-error.ts";
import type { BookedTunnel, TunnelBook } from "../metrics/tunnel-book.ts";
import type { TunnelView } from "./schemas.ts";

/**
 * The live tunnels of a book.
 * @param role whose party is a backend, or a client.
 * @param most only so many, the busiest first; all of them in the order of opening where it is not given.
 */
export const tunnelViews = (book: TunnelBook, role: "client" | "server", most?: number): TunnelView[] => {
  const now = performance.now();
  if (most === undefined || book.active <= most)
    return [...book.live].map((tunnel) => viewOf(tunnel, book, role, now));
  return busiest(book, most, now).map((tunnel) => viewOf(tunnel, book, role, now));
};

/** By what moved in the last two seconds, then by what moved at all. */
const busiest = (book: TunnelBook, most: number, now: number): BookedTunnel[] =>
  [...book.live]
    .map((tunnel) => {
      const { bytesInPerSecond, bytesOutPerSecond, bytesIn, bytesOut } = book.traffic(tunnel, now);
      return { tunnel, rate: bytesInPerSecond + bytesOutPerSecond, bytes: bytesIn + bytesOut };
    })
    .sort((one, other) => other.rate - one.rate || other.bytes - one.bytes)
    .slice(0, most)
    .map(({ tunnel }) => tunnel);

const viewOf = (
  tunnel: BookedTunnel,
  book: TunnelBook,
  role: "client" | "server",
  now: number,
): TunnelView => {
  const { id, facts, openedAt } = tunnel;
  const { party, client = party, target, door, rule, protocol, source, address, openMs } = facts;
  const traffic = book.traffic(tunnel, now);
  const text = (words: string | undefined): string | null => (words === undefined ? null : printable(words));
  return {
    id,
    target: printable(target),
    door: text(door),
    rule: text(rule),
    backend: role === "client" ? printable(party) : null,
    client: role === "server" ? printable(client) : null,
    source: text(source),
    address: text(address),
    protocol: text(protocol),
    opened_at: new Date(openedAt).toISOString(),
    age_ms: Math.max(0, Math.round(Date.now() - openedAt)),
    open_ms: roundedTo(openMs, 10),
    bytes_in: traffic.bytesIn,
    bytes_out: traffic.bytesOut,
    bytes_in_per_second: roundedTo(traffic.bytesInPerSecond, 1),
    bytes_out_per_second: roundedTo(traffic.bytesOutPerSecond, 1),
  };
};

/** To whole `1/parts`. */
export const roundedTo = (value: number, parts: number): number => Math.round(value * parts) / parts;
