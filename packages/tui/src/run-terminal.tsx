import type { AdminAccess } from "@octoproxy/lib/admin/admin-call";
import { render } from "ink";
import { TerminalSession } from "./terminal-session.ts";
import { App } from "./view/app.tsx";

const mostFramesPerSecond = 10;

/** Takes the terminal's other screen until somebody quits; what was there before is there again afterwards. */
export const runTerminal = async (access: AdminAccess): Promise<void> => {
  const ended = Promise.withResolvers<void>();
  using session = new TerminalSession(access, () => ended.resolve());
  session.start();
  const app = render(<App session={session} />, {
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: mostFramesPerSecond,
    patchConsole: false,
  });
  await Promise.race([ended.promise, app.waitUntilExit()]);
  app.unmount();
};
