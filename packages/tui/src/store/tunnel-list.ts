import type { TunnelView } from "@octoproxy/lib/admin/schemas";

export const tunnelOrders = ["bytes", "rate", "age", "target", "backend"] as const;
export type TunnelOrder = (typeof tunnelOrders)[number];

export interface TunnelChoice {
  readonly order: TunnelOrder;
  readonly reversed: boolean;
  readonly filter: string;
}

export const bytesOf = (tunnel: TunnelView): number => tunnel.bytes_in + tunnel.bytes_out;
export const rateOf = (traffic: {
  readonly bytes_in_per_second: number;
  readonly bytes_out_per_second: number;
}): number => traffic.bytes_in_per_second + traffic.bytes_out_per_second;

/** The other end of the transport: a backend in a client, a client in a server. */
export const partyOf = ({ backend, client }: TunnelView): string => backend ?? client ?? "—";

/** Those that the filter leaves, in their order. Where two are alike, the older one is first: rows do not jump. */
export const listTunnels = (
  tunnels: readonly TunnelView[],
  { order, reversed, filter }: TunnelChoice,
): TunnelView[] => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = words.length === 0 ? [...tunnels] : tunnels.filter((tunnel) => fits(tunnel, words));
  const compare = comparisons[order];
  const sign = reversed ? -1 : 1;
  return chosen.sort((one, other) => sign * compare(one, other) || byOpening(one, other));
};

/** Every word stands somewhere in what names the tunnel. */
const fits = (tunnel: TunnelView, words: readonly string[]): boolean => {
  const { target, backend, client, rule, door, source, protocol } = tunnel;
  const text = [target, backend, client, rule, door, source, protocol].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
};

type Comparison = (one: TunnelView, other: TunnelView) => number;

/** As a reader expects them: the largest first, the oldest first, names from A. */
const comparisons: Readonly<Record<TunnelOrder, Comparison>> = {
  bytes: (one, other) => bytesOf(other) - bytesOf(one),
  rate: (one, other) => rateOf(other) - rateOf(one),
  age: (one, other) => byText(one.opened_at, other.opened_at),
  target: (one, other) => byText(one.target, other.target),
  backend: (one, other) => byText(partyOf(one), partyOf(other)),
};

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const byOpening: Comparison = (one, other) =>
  byText(one.opened_at, other.opened_at) || one.id.length - other.id.length || byText(one.id, other.id);
