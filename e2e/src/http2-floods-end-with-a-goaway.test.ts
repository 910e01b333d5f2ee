import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { type Attack, mostMemory } from "@octoproxy/lib/transport/h2/testing/attack";
import { hoardingAttacks } from "@octoproxy/lib/transport/h2/testing/hoarding-attacks";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import { playOnServer } from "./floods/play-on-server.ts";
import { identityOf } from "./floods/stranger.ts";
import { Pair } from "./harness/pair.ts";
import { hostAndPort } from "./harness/raw-tunnel.ts";

const skip = process.platform !== "linux" && "needs /proc";
const inadequateSecurity = 12;

const dial = async (pair: Pair, certificate: boolean): Promise<TLSSocket> => {
  const socket = connect({
    ...hostAndPort(pair.serverAddress),
    servername: "localhost",
    ALPNProtocols: ["h2"],
    ...identityOf(pair.folder, certificate),
  });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  return socket;
};

const play = async (t: TestContext, certificate: boolean, attacks: readonly Attack[]): Promise<void> => {
  await using pair = await Pair.start();
  await playOnServer(t, pair, {
    kind: "HTTP/2",
    attacks,
    dial: () => dial(pair, certificate),
    limitOf: mostMemory,
    ...(!certificate && { refusedWith: inadequateSecurity }),
  });
};

// R32
test("every HTTP/2 flood of a client with a certificate", { skip }, (t) => play(t, true, serverAttacks));

test("what a client with a certificate makes the server hold without breaking a rule", { skip }, (t) =>
  play(t, true, hoardingAttacks),
);

// Nothing of them is parsed, so one is like the other but for those that do not read.
const unheard = serverAttacks.filter(
  ({ options }, at) => process.env.OCTOPROXY_FULL !== undefined || options?.deaf === true || at % 4 === 0,
);

test("the floods of a client without: it is sent away before a byte is parsed", { skip }, (t) =>
  play(t, false, unheard),
);
