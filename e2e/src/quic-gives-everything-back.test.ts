import assert from "node:assert/strict";
import { test } from "node:test";
import { startOrigin } from "./harness/origin.ts";
import { Folder, makeCertificates, Pair, startServer } from "./harness/pair.ts";
import { descriptorsOf, memoryOf } from "./harness/process-figures.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough, readAll } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";

test("2,000 connections come and go: the server's descriptors and memory come back", { skip }, async (t) => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder, { extra: 'log_level = "error"' });
  await using process = server.process;
  const files = {
    ca: folder.file("certs/ca.crt"),
    cert: folder.file("certs/client/client.crt"),
    key: folder.file("certs/client/client.key"),
  };
  const visits = async (count: number): Promise<void> => {
    let left = count;
    const visitor = async (): Promise<void> => {
      while (left-- > 0) await (await visitByQuic(server.address, files)).close();
    };
    await Promise.all(Array.from({ length: 16 }, visitor));
  };
  await visits(500);
  const before = [await descriptorsOf(process.pid), await memoryOf(process.pid)] as const;
  const begun = performance.now();
  await visits(2000);
  const perSecond = 2000 / ((performance.now() - begun) / 1000);
  const after = [await descriptorsOf(process.pid), await memoryOf(process.pid)] as const;
  t.diagnostic(
    `${perSecond.toFixed(0)} connections/s; descriptors ${before[0]} → ${after[0]}; memory ${before[1].toFixed(0)} → ${after[1].toFixed(0)} MiB`,
  );
  assert.ok(after[0] <= before[0] + 2, `${before[0]} → ${after[0]} descriptors`);
  assert.ok(after[1] < before[1] + 48, `${before[1]} → ${after[1]} MiB`);
});

// R07
test("1,000 downloads are given up with unread bytes; the next one of 10 MB is as if nothing had been", {
  skip,
}, async (t) => {
  await using pair = await Pair.start({ transport: "quic" });
  await using origin = await startOrigin();
  const download = async (): Promise<number> => {
    const begun = performance.now();
    const { socket, status } = await connectThrough(pair.proxy, origin.address);
    assert.equal(status, 200);
    socket.write(`GET /bytes/10000000 HTTP/1.1\r\nHost: ${origin.address}\r\nConnection: close\r\n\r\n`);
    assert.ok((await readAll(socket)).length > 10_000_000);
    return performance.now() - begun;
  };
  const first = await download();
  for (let round = 0; round < 50; round++) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const { socket } = await connectThrough(pair.proxy, origin.address);
        socket.on("error", () => undefined);
        socket.write(`GET /bytes/10000000 HTTP/1.1\r\nHost: ${origin.address}\r\n\r\n`);
        await new Promise((resolve) => socket.once("readable", resolve));
        socket.resetAndDestroy();
      }),
    );
  }
  const last = await download();
  t.diagnostic(`10 MB: ${first.toFixed(0)} ms before, ${last.toFixed(0)} ms after`);
  const connections = pair.server.lines.filter((line) => line.msg === "client connected");
  assert.equal(connections.length, 1);
});
