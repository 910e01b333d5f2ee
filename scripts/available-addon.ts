import { existsSync } from "node:fs";

/** Path of the addon of QUIC for this platform, where there is one. Needs the build. */
export const availableAddon = async (): Promise<string | undefined> => {
  const { addonPaths } = await import("../packages/quic/dist/platform.js");
  return addonPaths().find((path: string) => existsSync(path));
};
