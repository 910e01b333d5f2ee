import { listedTunnels } from "../store/selection.ts";
import { selectedBackend, subjectOf, type TuiCommand, type TuiState } from "../store/state.ts";
import { counted } from "../text/quantity.ts";
import type { Intent } from "./intent.ts";

type Steer = (state: TuiState) => Intent | undefined;

/** Enables at once; asks before it disables. */
export const toggle: Steer = (state) => {
  const backend = selectedBackend(state);
  if (backend === undefined) return undefined;
  const { name, status, tunnels_active: open } = backend;
  if (status === "force_closed") return command(state, { kind: "enable", backend: name });
  const others = (state.snapshot?.backends ?? []).filter(
    (one) => one.name !== name && one.status === "normal",
  );
  const finish =
    open === 0 ? "" : `: ${open === 1 ? "its tunnel finishes" : `its ${counted(open, "tunnel")} finish`}`;
  const last = others.length === 0 ? "; no other backend is up" : "";
  return sure(state, `Disable ${name}${finish}${last}?`, { kind: "disable", backend: name });
};

export const reset: Steer = (state) => {
  const name = selectedBackend(state)?.name;
  if (name === undefined) return undefined;
  return sure(state, `Reset ${name}: forget its failures and connect it anew?`, {
    kind: "reset",
    backend: name,
  });
};

export const switchProtocol: Steer = (state) => {
  const backend = selectedBackend(state);
  if (backend === undefined) return undefined;
  const { name, protocol } = backend;
  const question = { kind: "protocol", backend: name, configured: protocol.configured } as const;
  return hindrance(state, `backend ${name}`) ?? { type: "ask", question };
};

export const closeTunnel: Steer = (state) => {
  const tunnel = listedTunnels(state).find(({ id }) => id === state.tunnel);
  if (tunnel === undefined) return undefined;
  const { id, target } = tunnel;
  return sure(state, `Close the tunnel to ${target}: both of its sides are reset?`, {
    kind: "close_tunnel",
    id,
  });
};

export const reload: Steer = (state) =>
  sure(state, `Reload ${state.snapshot?.status.config_file ?? "the configuration"}?`, { kind: "reload" });

const sure = (state: TuiState, words: string, asked: TuiCommand): Intent =>
  hindrance(state, subjectOf(asked)) ?? { type: "ask", question: { kind: "sure", words, command: asked } };

const command = (state: TuiState, wanted: TuiCommand): Intent =>
  hindrance(state, subjectOf(wanted)) ?? { type: "command", command: wanted };

const hindrance = ({ link, pending }: TuiState, subject: string): Intent | undefined => {
  if (link.kind !== "live") return { type: "refuse", words: "the daemon is not there: nothing was sent" };
  if (pending.has(subject)) return { type: "refuse", words: "the last command has no answer yet" };
  return undefined;
};
