// A server in a process of its own, for tests that measure its memory or kill it: `node echo-process.js <json>`.
// A stream's first byte says what it does: `e` echoes, `d` sends until nobody takes any more, `s` never reads.
import { readdirSync } from "node:fs";
import { type EndpointOptions, QuicEndpoint } from "../endpoint.ts";
import type { StreamHandle } from "../handles.ts";
import { QuicServer, type ServerOptions } from "../options.ts";

export interface ProcessOptions {
  readonly server: ServerOptions;
  readonly endpoint: Omit<EndpointOptions, "server" | "resetKey">;
  /** Hexadecimal. */
  readonly resetKey?: string;
}

export interface Usage {
  readonly rss: number;
  readonly streams: number;
  readonly descriptors: number;
}

const block = Buffer.alloc(64 * 1024, 7);

const serve = (stream: StreamHandle): void => {
  let order = 0;
  /** What is being sent, from `offset` on. */
  let unsent: Uint8Array = block.subarray(0, 0);
  let offset = 0;
  const writable = (): void => {
    for (;;) {
      offset += stream.write(unsent, offset);
      if (offset < unsent.length || stream.finished) return;
      if (order !== 100) break;
      unsent = block;
      offset = 0;
    }
    readable();
  };
  const readable = (): void => {
    if (order === 100 || order === 115) {
      stream.watchReset();
      return;
    }
    do {
      const chunk = stream.read();
      if (chunk === undefined) continue;
      order ||= chunk[0] ?? 0;
      unsent = chunk;
      offset = order === 101 ? 0 : chunk.length;
      if (order === 115) stream.watchReset();
      else writable();
      return;
    } while (stream.more);
    if (stream.ended) stream.finish();
  };
  stream.use({ readable, writable, stopped: () => stream.destroy(0), aborted: () => {} });
  readable();
};

const { server, endpoint, resetKey } = JSON.parse(process.argv[2] ?? "") as ProcessOptions;
const connections = new Set<{ readonly openStreams: number }>();
const listening = new QuicEndpoint(
  {
    ...endpoint,
    server: new QuicServer(server),
    ...(resetKey === undefined ? {} : { resetKey: Buffer.from(resetKey, "hex") }),
  },
  {
    connection: (connection) => {
      connections.add(connection);
      connection.use({ stream: serve, closed: () => connections.delete(connection) });
    },
  },
);
process.send?.(listening.address);
process.on("message", () => {
  globalThis.gc?.();
  const streams = [...connections].reduce((sum, connection) => sum + connection.openStreams, 0);
  const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  process.send?.({ rss: process.memoryUsage().rss, streams, descriptors } satisfies Usage);
});
process.on("disconnect", () => process.exit());
