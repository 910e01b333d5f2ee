import { unknownBackend } from "@octoproxy/lib/admin/answers";
import type { ControlResult } from "@octoproxy/lib/admin/control";
import type { ProtocolChoice } from "@octoproxy/lib/admin/schemas";
import { ConfigError } from "@octoproxy/lib/config/config-fault";
import { builtProtocols } from "@octoproxy/lib/transport/built";
import type { ClientDaemonFace } from "./client-daemon-face.ts";

/** A command that cannot be done; undefined where it was. */
export type Refusal = Exclude<
  ControlResult,
  { readonly kind: "done" | "backend" | "reloaded" | "explained" }
>;

/** Disabling and enabling hold until the daemon ends, or a reload changes the backend's `status`. */
export const steerBackend = (
  { plane, config, steering }: ClientDaemonFace,
  kind: "enable" | "disable" | "reset",
  name: string,
): Refusal | undefined => {
  const backend = plane.backends.get(name);
  const written = config.backends.find((one) => one.name === name);
  if (backend === undefined || written === undefined) return unknown(name, config.backends);
  if (kind === "reset") {
    plane.backends.reset(name);
    return undefined;
  }
  steering.setClosed(written, kind === "disable");
  if (kind === "disable") backend.disable();
  else backend.enable();
  return undefined;
};

/** @returns the protocol before, or why nothing was changed. */
export const switchProtocol = (
  daemon: ClientDaemonFace,
  name: string,
  protocol: ProtocolChoice,
): Refusal | { readonly kind: "switched"; readonly before: ProtocolChoice } => {
  const { config, steering } = daemon;
  const written = config.backends.find((one) => one.name === name);
  if (written === undefined) return unknown(name, config.backends);
  const built: readonly string[] = ["auto", ...builtProtocols()];
  if (!built.includes(protocol)) {
    return {
      kind: "invalid",
      message: `${protocol} is not built into this copy; there are ${built.join(", ")}`,
    };
  }
  const before = steering.protocol(written);
  if (before === protocol) return { kind: "switched", before };
  steering.setProtocol(written, protocol);
  try {
    daemon.replan(written);
  } catch (error) {
    steering.setProtocol(written, before);
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "invalid", message: error.faults[0]?.message ?? error.message };
  }
  return { kind: "switched", before };
};

const unknown = (name: string, backends: readonly { readonly name: string }[]): Refusal => ({
  kind: "unknown",
  message: unknownBackend(name, backends),
});
