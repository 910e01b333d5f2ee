import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { onEachTransport } from "./harness/on-each-transport.ts";
import { patternBlock } from "./harness/origin.ts";
import type { Pair } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const total = 2 ** 31;
const limitMiB = 150;

const send = async (stream: Writable): Promise<void> => {
  for (let left = total; left > 0; left -= patternBlock.length)
    if (!stream.write(left < patternBlock.length ? patternBlock.subarray(0, left) : patternBlock))
      await once(stream, "drain");
  stream.end();
};

/** Reads the whole body and compares each byte of it. */
const expectPattern = async (message: IncomingMessage): Promise<void> => {
  let offset = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      const start = (offset + at) % patternBlock.length;
      const length = Math.min(chunk.length - at, patternBlock.length - start);
      if (patternBlock.compare(chunk, at, at + length, start, start + length) !== 0)
        throw new Error(`other bytes than were sent, behind byte ${offset + at}`);
      at += length;
    }
    offset += chunk.length;
  }
  assert.equal(offset, total);
};

/** The most resident memory that a process ever had, in MiB. */
const peakMiB = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

const transfer = async (pair: Pair, address: string, method: "GET" | "PUT"): Promise<void> => {
  const asking = request({
    ...hostAndPort(pair.proxy),
    method,
    path: `http://${address}/`,
    headers: { Host: address, ...(method === "PUT" ? { "Content-Length": total } : {}) },
    agent: false,
  });
  const answered = once(asking, "response") as Promise<[IncomingMessage]>;
  if (method === "PUT") await send(asking);
  else asking.end();
  const [answer] = await answered;
  assert.equal(answer.statusCode, 200);
  if (method === "GET") await expectPattern(answer);
  else answer.resume();
};

onEachTransport(
  "2 GiB down and up in absolute form, byte-exact, each daemon below 150 MiB",
  {},
  async (pair, t) => {
    const origin = createServer((incoming, response) => {
      if (incoming.method === "GET") {
        response.setHeader("Content-Length", total);
        send(response).catch(() => response.destroy());
      } else
        expectPattern(incoming).then(
          () => response.end(),
          () => response.writeHead(500).end(),
        );
    });
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    const address = `127.0.0.1:${(origin.address() as AddressInfo).port}`;
    try {
      for (const method of ["GET", "PUT"] as const) {
        const startedAt = performance.now();
        await transfer(pair, address, method);
        const seconds = (performance.now() - startedAt) / 1000;
        const [client, server] = [peakMiB(pair.client.pid), peakMiB(pair.server.pid)];
        t.diagnostic(
          `${method}: ${(total / 2 ** 20 / seconds).toFixed()} MiB/s, at most ${client.toFixed()} MiB in the client, ${server.toFixed()} MiB in the server`,
        );
        assert.ok(client < limitMiB && server < limitMiB, `client ${client} MiB, server ${server} MiB`);
      }
    } finally {
      origin.closeAllConnections();
      origin.close();
    }
  },
);
