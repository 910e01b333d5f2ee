import type { Workload } from "./workload.ts";

export const w6: Workload = {
  name: "w6",
  title: "W6 start: from the command to listening",
  columns: [
    { key: "clientMs", unit: "ms client", better: "less" },
    { key: "serverMs", unit: "ms server", better: "less" },
  ],
  suits: ({ name }) => /^(octoproxy|Rust)/.test(name),
  run: async ({ daemons: [client, server] }) => ({
    clientMs: client?.readyMs ?? Number.NaN,
    serverMs: server?.readyMs ?? Number.NaN,
  }),
};
