import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { EchoTarget } from "./harness/echo-target.ts";
import { inIsolation } from "./harness/isolated.ts";
import { backendTable, Folder, makeCertificates, startClient, startServer } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

/** So many connections to one target fit into the range. */
const ports = 40;

/** @returns the head of the answer. */
const ask = async (socket: Socket, target: string): Promise<string> => {
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [head] = (await once(socket, "data", { signal: AbortSignal.timeout(20_000) })) as [Buffer];
  return head.toString("latin1");
};

const arrive = async (proxy: string): Promise<Socket> => {
  const socket = connect(hostAndPort(proxy)).on("error", () => {});
  await once(socket, "connect");
  return socket;
};

inIsolation(import.meta.url, { hosts: ["127.0.0.1 localhost"], addresses: [] }, () => {
  test("with every port towards a target taken: 503 in these words, other targets go on, and so does this one when a port is free", async () => {
    await using folder = await Folder.make();
    await makeCertificates(folder);
    await using target = await EchoTarget.start();
    await using other = await EchoTarget.start();
    const { process: server, address } = await startServer(folder);
    await using _server = server;
    const { process: client, proxy } = await startClient(folder, backendTable("local", address));
    await using _client = client;
    await client.line(({ msg, status }) => msg === "backend" && status === "normal", "up");
    // The applications are there before: their ports are others.
    const open = await Promise.all(Array.from({ length: ports }, () => arrive(proxy)));
    const [late, elsewhere, again] = [await arrive(proxy), await arrive(proxy), await arrive(proxy)];
    writeFileSync("/proc/sys/net/ipv4/ip_local_port_range", `20000 ${20_000 + ports - 1}`);
    for (const socket of open) assert.match(await ask(socket, target.address), /^HTTP\/1\.1 200 /);
    const refusal = await ask(late, target.address);
    assert.match(refusal, /^HTTP\/1\.1 503 /);
    assert.match(
      refusal,
      new RegExp(`the server has no free port for another connection to ${target.address}`),
    );
    assert.match(await ask(elsewhere, other.address), /^HTTP\/1\.1 200 /);
    assert.deepEqual(
      client.lines.filter(({ msg, status }) => msg === "backend" && status === "closed"),
      [],
      "nobody is blamed",
    );
    const { length: since } = server.lines;
    open[0]!.resetAndDestroy();
    await server.line(({ msg, end }) => msg === "tunnel" && end !== undefined, "its end", since);
    assert.match(await ask(again, target.address), /^HTTP\/1\.1 200 /);
    for (const socket of [...open, late, elsewhere, again]) socket.destroy();
  });
});
