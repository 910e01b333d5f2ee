import { type AdminAccess, AdminCallError, callAdmin } from "@octoproxy/lib/admin/admin-call";
import { type BackendView, backendViewSchema } from "@octoproxy/lib/admin/schemas";
import type { TuiCommand } from "./store/state.ts";

/** For a daemon that hangs. */
const patienceMs = 10_000;

/**
 * Has the daemon do a command.
 * @returns the backend's new view, where the command is about one.
 * @throws AdminCallError where it was not done; its message is a sentence.
 */
export const sendCommand = async (
  access: AdminAccess,
  command: TuiCommand,
  signal: AbortSignal,
): Promise<BackendView | undefined> => {
  const { method, path, content } = callOf(command);
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const answer = await callAdmin(access, method, path, bounded, content);
  if (command.kind === "close_tunnel" || command.kind === "reload") return undefined;
  const view = backendViewSchema.safeParse(answer);
  if (view.success) return view.data;
  throw new AdminCallError("the daemon's answer is not understood: is it of another version?");
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly content?: unknown;
}

const callOf = (command: TuiCommand): Call => {
  switch (command.kind) {
    case "enable":
    case "disable":
    case "reset":
      return { method: "POST", path: `${backendPath(command.backend)}/${command.kind}` };
    case "switch_protocol":
      return {
        method: "PUT",
        path: `${backendPath(command.backend)}/protocol`,
        content: { protocol: command.protocol },
      };
    case "close_tunnel":
      return { method: "DELETE", path: `/api/v1/tunnels/${encodeURIComponent(command.id)}` };
    case "reload":
      return { method: "POST", path: "/api/v1/reload" };
  }
};

const backendPath = (name: string): string => `/api/v1/backends/${encodeURIComponent(name)}`;
