import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { patternDigest } from "../../harness/origin.ts";
import { hostAndPort } from "../../harness/raw-tunnel.ts";
import { patternPiece, phases } from "../byte-pattern.ts";
import { openWire } from "../open-wire.ts";
import { Untrue } from "../untrue.ts";
import type { Surroundings, Workload } from "../workload.ts";

const stallMs = 45_000;

interface Fetched {
  readonly status: number;
  readonly length: number;
  readonly digest: string;
  readonly text: string;
}

/** One request in absolute form. @throws where the connection breaks or the body is cut. */
const fetchPlain = async (
  { proxy, web }: Surroundings,
  agent: Agent,
  path: string,
  body?: Uint8Array,
): Promise<Fetched> => {
  const { host, port } = hostAndPort(proxy);
  const asking = request({ host, port, agent, path: `http://${web}${path}`, method: body ? "POST" : "GET" });
  asking.setHeader("Host", web);
  asking.on("error", () => undefined); // while the body is read it is the response that tells
  asking.setTimeout(stallMs, () => asking.destroy(new Error("no answer")));
  asking.end(body);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const hash = createHash("sha256");
  let [length, text] = [0, ""];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
    if (text.length < 200) text += chunk.toString("latin1");
  }
  return { status: response.statusCode ?? 0, length, digest: hash.digest("hex"), text };
};

const sizes = [0, 1, 1000, 20_000, 65_521, 300_000, 1_500_000] as const;

/** A few requests of plain HTTP over a connection that is kept. */
const plainHttp: Workload = {
  name: "plain HTTP",
  weight: 5,
  run: async (around) => {
    const { random } = around;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (let left = random.integer(1, 5); left > 0; left--) {
        const count = random.pick(sizes);
        const up = random.chance(0.4);
        const body = patternPiece(0, Math.min(count, 60_000));
        const got = up
          ? await fetchPlain(around, agent, "/echo", body)
          : await fetchPlain(around, agent, `/bytes/${count}`);
        if (got.status !== 200) throw new Error(`${got.status} ${got.text.slice(0, 200)}`);
        const wanted = up ? createHash("sha256").update(body).digest("hex") : patternDigest(count);
        if (got.digest !== wanted) throw new Untrue(`other bytes than the origin's (${got.length})`);
        around.moved(up ? 2 * body.length : count);
      }
    } finally {
      agent.destroy();
    }
  },
};

/** Messages over a WebSocket, through a tunnel or by an upgrade in absolute form. */
const webSocket: Workload = {
  name: "WebSocket",
  weight: 3,
  run: async (around) => {
    const { random, proxy, web } = around;
    const tunnel = random.chance(0.5) ? await openWire("connect", proxy, web) : undefined;
    const socket = new WebSocket(`ws://${web}/`, {
      createConnection: () => tunnel?.socket ?? connect(hostAndPort(proxy)),
      finishRequest: (asking) => {
        if (tunnel === undefined) asking.path = `http://${web}/`;
        asking.end();
      },
      perMessageDeflate: false,
    });
    const stall = setTimeout(() => socket.terminate(), stallMs);
    try {
      await once(socket, "open");
      const over = closed(socket);
      for (let left = random.integer(1, 12); left > 0; left--) {
        const message = patternPiece(random.integer(0, phases - 1), random.logInteger(1, 60_000));
        const answer = once(socket, "message") as Promise<[Buffer]>;
        socket.send(message);
        const [back] = await Promise.race([answer, over]);
        if (!back.equals(message)) throw new Untrue("another message came back");
        around.moved(2 * message.length);
      }
      socket.close();
      await over.catch(() => undefined);
    } finally {
      clearTimeout(stall);
      socket.on("error", () => undefined).terminate();
    }
  },
};

const closed = async (socket: WebSocket): Promise<never> => {
  const [code] = (await once(socket, "close")) as [number];
  throw new Error(`the WebSocket closed (${code})`);
};

export const webWorkloads: readonly Workload[] = [plainHttp, webSocket];
