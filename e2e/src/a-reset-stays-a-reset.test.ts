import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { Pair, transports } from "./harness/pair.ts";
import { connectThrough } from "./harness/raw-tunnel.ts";
import { TcpTarget } from "./harness/tcp-target.ts";

const resetSeen = async (socket: Socket): Promise<string | undefined> => {
  socket.resume();
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  return error.code;
};

// R03
for (const transport of transports) {
  test(`${transport}: forty resets of the target reach the application as resets, and as many the other way`, async () => {
    await using pair = await Pair.start({ transport });
    await using target = await TcpTarget.start();
    for (let round = 0; round < 40; round++) {
      const [{ socket: application }, there] = await Promise.all([
        connectThrough(pair.proxy, target.address),
        target.next(),
      ]);
      const [resetting, seeing] = round % 2 === 0 ? [there, application] : [application, there];
      seeing.removeAllListeners("error");
      const seen = resetSeen(seeing);
      resetting.resetAndDestroy();
      assert.equal(await seen, "ECONNRESET", `round ${round}`);
    }
  });
}
