// W8: as many clients of one server as are wanted, each with a connection and nothing else; holds them until stdin ends.
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connectHttp2 } from "@octoproxy/lib/transport/h2/connect";
import { defaultHttp2Settings } from "@octoproxy/lib/transport/h2/http2-settings";
import type { ClientConnection } from "@octoproxy/lib/transport/transport";

const [address = "", count = "10", ca = "", cert = "", key = ""] = process.argv.slice(2);
const [host, port] = address.split(":") as [string, string];
const tls = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
const held: ClientConnection[] = [];
let started = 0;

const dial = (signal: AbortSignal) => {
  const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof connectTcp>>();
  const socket = connectTcp({ host, port: Number(port), noDelay: true, signal });
  socket.once("connect", () => resolve(socket));
  socket.once("error", reject);
  return promise;
};

const next = async (): Promise<void> => {
  while (started < Number(count)) {
    started++;
    const { connection } = await connectHttp2(
      {
        dial,
        serverName: "localhost",
        address,
        tls,
        judge: () => ({ subject: "", fingerprint: "", names: [] }),
        settings: { ...defaultHttp2Settings, keepAliveIntervalMs: 0 },
      },
      AbortSignal.timeout(110_000),
    );
    held.push(connection);
  }
};
process.stdin.on("end", () => process.exit(0)).resume();
await Promise.all(Array.from({ length: 16 }, next));
process.stdout.write("open\n");
