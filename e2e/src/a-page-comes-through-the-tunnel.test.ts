import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { freePort } from "@octoproxy/lib/testing/free-port";
import { DaemonProcess } from "./harness/daemon-process.ts";
import { fetchThrough } from "./harness/fetch-through.ts";
import { page, startOrigin } from "./harness/origin.ts";
import { Folder, octoproxy, Pair, transports } from "./harness/pair.ts";
import { needs, run } from "./harness/programs.ts";

for (const transport of transports) {
  test(`${transport}: curl -p fetches a page over http`, { skip: needs("curl") }, async () => {
    await using pair = await Pair.start({ transport });
    await using origin = await startOrigin();
    const { program, status, body } = await fetchThrough(pair.proxy, origin.url);
    assert.deepEqual([program, status, body.toString()], ["curl", 200, page]);
  });
}

for (const transport of transports) {
  test(`${transport}: curl fetches a page over https`, { skip: needs("curl") }, async () => {
    await using pair = await Pair.start({ transport });
    const certs = pair.folder.file("certs");
    const tls = {
      cert: await readFile(`${certs}/server/server.crt`),
      key: await readFile(`${certs}/server/server.key`),
    };
    const origin = createServer(tls, (_, response) => response.end(page)).listen(0, "127.0.0.1");
    await once(origin, "listening");
    const { port } = origin.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}/`;
    const { status, stdout, stderr } = await run("curl", [
      "-sS",
      "--cacert",
      `${certs}/ca.crt`,
      "-x",
      `http://${pair.proxy}`,
      url,
    ]);
    origin.close();
    assert.equal(status, 0, stderr);
    assert.equal(stdout.toString(), page);
  });
}

test("what init writes works as it is, and check has nothing to say against it", async () => {
  await using folder = await Folder.make();
  await using origin = await startOrigin();
  const [server, client, admin] = await Promise.all([freePort(), freePort(), freePort()]);
  const addresses = [
    "--server-listen",
    `127.0.0.1:${server}`,
    "--client-listen",
    `127.0.0.1:${client}`,
    "--metric-address",
    `127.0.0.1:${admin}`,
  ];
  const init = await octoproxy(["init", "set", ...addresses], folder.path);
  assert.equal(init.status, 0, init.stderr);
  for (const file of ["set/server.toml", "set/client.toml"]) {
    const { status, stderr } = await octoproxy(["check", "-c", file], folder.path);
    assert.equal(status, 0, stderr);
  }
  await using serverProcess = new DaemonProcess(["server", "-c", "set/server.toml"], { cwd: folder.path });
  await serverProcess.listening("http2");
  await using clientProcess = new DaemonProcess(["client", "-c", "set/client.toml"], { cwd: folder.path });
  const { status, body } = await fetchThrough(await clientProcess.listening("proxy"), origin.url);
  assert.deepEqual([status, body.toString()], [200, page]);
});
