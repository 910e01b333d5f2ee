import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

/** A dead host is told to TCP by the system, to QUIC by silence alone. */
const backend = `[backends.local.http2]
keep_alive_interval = 1
keep_alive_timeout = 1
[backends.local.quic]
keep_alive_interval = 1
max_idle_timeout = 4`;

for (const transport of transports)
  test(`${transport}: tunnels of a killed server end with a reset; 503 while it is away; it is used again when it is back`, async () => {
    await using pair = await Pair.start({ transport, backend });
    await using target = await TcpTarget.start();
    const open = await connectThrough(pair.proxy, target.address);
    const died = once(open.socket.resume(), "error") as Promise<[NodeJS.ErrnoException]>;
    pair.server.kill("SIGKILL");
    assert.equal((await died)[0].code, "ECONNRESET");
    await pair.client.line((l) => l.msg === "backend" && l.status === "closed", "backend closed");
    const away = await connectThrough(pair.proxy, target.address);
    assert.equal(away.status, 503, away.head);
    away.socket.destroy();
    const again = await pair.startServerAgain();
    await using _ = again.process;
    const back = await connectThrough(pair.proxy, target.address);
    assert.equal(back.status, 200, back.head);
    back.socket.destroy();
  });

for (const transport of transports)
  test(`${transport}: a server that stops answering is noticed and its tunnels end with a reset`, async () => {
    await using pair = await Pair.start({ transport, backend });
    await using target = await TcpTarget.start();
    const open = await connectThrough(pair.proxy, target.address);
    const died = once(open.socket.resume(), "error") as Promise<[NodeJS.ErrnoException]>;
    pair.server.kill("SIGSTOP");
    await pair.client.line((l) => l.msg === "backend" && l.status === "closed", "backend closed");
    assert.equal((await died)[0].code, "ECONNRESET");
  });
