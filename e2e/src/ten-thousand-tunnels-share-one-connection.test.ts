import assert from "node:assert/strict";
import { test } from "node:test";
import type { TunnelStream } from "@octoproxy/lib/transport/tunnel-stream";
import { EchoTarget, nameBytes } from "./harness/echo-target.ts";
import { Folder, makeCertificates, startServer } from "./harness/pair.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";

const count = 10_000;

/** The server and this process have a socket for each tunnel. */
const enough = (): string | false => {
  const { userLimits } = process.report.getReport() as {
    userLimits: { open_files: { soft: number | "unlimited" } };
  };
  const { soft } = userLimits.open_files;
  return (
    soft !== "unlimited" && soft < count + 500 && `needs ${count + 500} open files, there may be ${soft}`
  );
};

const echoOf = (stream: TunnelStream, length: number): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    stream.own({
      data: (chunk) => {
        text += Buffer.from(chunk).toString("latin1");
        if (text.length >= length) resolve(text);
        return true;
      },
      drain: () => {},
      end: () => {},
      reset: reject,
    });
  });

test("quic: 10,000 tunnels are open at once on one connection of a server, each carries its own bytes", {
  skip: enough(),
}, async (t) => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder, { extra: 'log_level = "warn"' });
  await using _ = server.process;
  await using target = await EchoTarget.start();
  const connection = await visitByQuic(server.address, {
    ca: folder.file("certs/ca.crt"),
    cert: folder.file("certs/client/client.crt"),
    key: folder.file("certs/client/client.key"),
  });
  const begun = performance.now();
  const streams: TunnelStream[] = [];
  while (streams.length < count) {
    const batch = Array.from({ length: 200 }, () =>
      connection.open(target.address, AbortSignal.timeout(60_000)),
    );
    streams.push(...(await Promise.all(batch)));
  }
  const seconds = (performance.now() - begun) / 1000;
  assert.equal(connection.openStreams, count);
  await Promise.all(
    streams.map(async (stream, number) => {
      const name = `tunnel ${number}`.padEnd(nameBytes, ".");
      const echo = echoOf(stream, name.length);
      stream.write(Buffer.from(name));
      assert.equal(await echo, name);
    }),
  );
  t.diagnostic(`${count} tunnels opened in ${seconds.toFixed(1)} s`);
  await server.process.line(({ msg }) => msg === "listening", "alive");
  for (const stream of streams) stream.reset();
  await connection.close();
  assert.ok(server.process.running);
});
