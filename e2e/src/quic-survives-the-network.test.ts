import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import {
  backendTable,
  expectDone,
  Folder,
  makeCertificates,
  Pair,
  startClient,
  startServer,
} from "./harness/pair.ts";
import { visitByQuic } from "./harness/quic-visitor.ts";
import { connectThrough, nextChunk, readAll } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";
import { TwoWireRelay } from "./harness/two-wire-relay.ts";

test("tunnels go on when the client's port changes, as a NAT or another network does", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const server = await startServer(folder);
  await using serverProcess = server.process;
  await using relay = await TwoWireRelay.start(server.address);
  const client = await startClient(folder, backendTable("local", relay.address, "", "quic"));
  await using clientProcess = client.process;
  await clientProcess.line((line) => line.msg === "backend" && line.status === "normal", "backend up");
  await using target = await TcpTarget.start();
  const asked = connectThrough(client.proxy, target.address);
  const there = await target.next();
  const { socket } = await asked;
  for (let round = 0; round < 5; round++) {
    relay.rebind();
    socket.write(`${round}`);
    there.write(await nextChunk(there));
    assert.equal((await nextChunk(socket)).toString(), `${round}`);
  }
  socket.end();
  await readAll(there);
  there.end();
  await readAll(socket);
  assert.equal(serverProcess.lines.filter((line) => line.msg === "client connected").length, 1);
});

test("a server that never answers over UDP: the attempt has a deadline, and requests are told in time", async () => {
  await using folder = await Folder.make();
  await makeCertificates(folder);
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  try {
    const { port } = silent.address() as AddressInfo;
    const client = await startClient(folder, backendTable("local", `127.0.0.1:${port}`, "", "quic"));
    await using process = client.process;
    const answer = await connectThrough(client.proxy, "127.0.0.1:9");
    assert.equal(answer.status, 503, answer.head);
    answer.socket.destroy();
    const down = await process.line((l) => l.msg === "backend" && l.status === "closed", "backend closed");
    assert.equal(down.code, "BACKEND_UNREACHABLE", JSON.stringify(down));
  } finally {
    silent.close();
  }
});

test("a server that was killed and started again is noticed at the next packet, long before the idle timeout", async () => {
  await using pair = await Pair.start({
    transport: "quic",
    backend: "[backends.local.quic]\nkeep_alive_interval = 0\nmax_idle_timeout = 600",
  });
  await using target = await TcpTarget.start();
  const { socket } = await connectThrough(pair.proxy, target.address);
  const died = once(socket.resume(), "error", { signal: AbortSignal.timeout(20_000) });
  pair.server.kill("SIGKILL");
  await pair.server.exit();
  const again = await pair.startServerAgain();
  await using _ = again.process;
  socket.write("anybody there?");
  const [error] = (await died) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  const back = await connectThrough(pair.proxy, target.address);
  assert.equal(back.status, 200, back.head);
  back.socket.destroy();
});

test("a reload gives the live endpoint another certificate: who comes later sees it, who is there stays", async () => {
  await using pair = await Pair.start({ transport: "quic" });
  const files = {
    ca: pair.folder.file("certs/ca.crt"),
    cert: pair.folder.file("certs/client/client.crt"),
    key: pair.folder.file("certs/client/client.key"),
  };
  const early = await visitByQuic(pair.serverAddress, files);
  const server = pair.folder.file("certs/server/server.crt");
  const ca = ["--cacert", files.ca, "--cakey", pair.folder.file("certs/ca.key")];
  await expectDone(["easycert", "renew", server, ...ca]);
  pair.server.kill("SIGHUP");
  await pair.server.line(({ msg }) => msg === "reloaded", "reloaded");
  const late = await visitByQuic(pair.serverAddress, files);
  assert.notEqual(late.peer.fingerprint, early.peer.fingerprint);
  assert.ok((await early.ping(AbortSignal.timeout(10_000))) >= 0);
  await Promise.all([early.close(), late.close()]);
});
