import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { RawPeer } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import { serverAttacks } from "@octoproxy/lib/transport/h2/testing/server-attacks";
import {
  dataCapsule,
  datagramCapsule,
  Stranger,
} from "@octoproxy/lib/transport/webtransport/testing/stranger";
import { hostAndPort } from "../harness/raw-tunnel.ts";
import { visitByWebTransport } from "../harness/webtransport-visitor.ts";

/** What an attacker without a certificate has. */
export interface PipeAttacker {
  readonly address: string;
  /** File of the server's authority. */
  readonly ca: string;
}

export interface PipeAttack {
  readonly name: string;
  /** @returns how much of it there was. */
  run(attacker: PipeAttacker): Promise<string>;
}

/** Strangers come from another address than honest clients, as they would. */
const from = "127.0.0.2";
const crowd = 300;
const mebibyte = 1 << 20;
const floodBytes = (process.env.OCTOPROXY_FULL === undefined ? 2 : 100) * mebibyte;
/** A bound against hanging. */
const patienceMs = 30_000;

const tcp = async (address: string): Promise<Socket> => {
  const socket = connectTcp({ ...hostAndPort(address), localAddress: from });
  socket.on("error", () => {});
  await once(socket, "connect", { signal: AbortSignal.timeout(patienceMs) });
  return socket.resume();
};

/** Somebody who came and means to stay. */
interface Guest {
  readonly gone: Promise<unknown>;
  leave(): void;
}

/** What the server lets stay of one address. */
const mostOfOneAddress = 64;

/** So many come at once to stay; resolves when no more are there than may be. */
const stay = async (arrive: () => Promise<Guest>): Promise<string> => {
  const guests = await Promise.all(Array.from({ length: crowd }, arrive));
  const few = Promise.withResolvers<void>();
  const late = AbortSignal.timeout(patienceMs);
  late.addEventListener("abort", () => few.reject(new Error(`${there} are still there`)));
  let there = crowd;
  for (const { gone } of guests) {
    void gone.then(() => {
      there -= 1;
      if (there === mostOfOneAddress) few.resolve();
    });
  }
  try {
    await few.promise;
  } finally {
    for (const guest of guests) guest.leave();
  }
  return `${crowd} came, ${mostOfOneAddress} could stay`;
};

const socketsStay = (arrive: () => Promise<Socket>): Promise<string> =>
  stay(async () => {
    const socket = await arrive();
    const gone = socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", resolve));
    return { gone, leave: () => socket.destroy() };
  });

const strangersStay = (address: string, then: (stranger: Stranger) => Promise<void>): Promise<string> =>
  stay(async () => {
    const stranger = await Stranger.arrive(address, { from });
    await then(stranger);
    return { gone: stranger.closed, leave: () => stranger.leave() };
  });

/** Sends until all is sent, on as many connections as that takes. */
const pour = async (address: string, piece: (round: number) => Uint8Array): Promise<string> => {
  let sent = 0;
  let connections = 0;
  while (sent < floodBytes) {
    const stranger = await Stranger.arrive(address, { from });
    connections += 1;
    for (let round = 0; sent < floodBytes && !stranger.gone; round++) {
      const bytes = piece(round);
      sent += bytes.length;
      await stranger.send(bytes);
    }
    stranger.leave();
  }
  return `${floodBytes / mebibyte} MiB took ${connections} connections`;
};

/** What a TLS client says first. */
const clientHello = async (): Promise<Buffer> => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const wire = new Duplex({ read() {}, write: (chunk: Buffer) => resolve(chunk) });
  const socket = connectTls({ socket: wire, servername: "localhost", ALPNProtocols: ["h2"] });
  socket.on("error", () => {});
  const hello = await promise;
  socket.destroy();
  return hello;
};

const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
const block = Buffer.alloc(65_536, 0x16);
/** A hundred new streams in one piece, a byte each. */
const newStreams = (round: number, first: number): Buffer =>
  Buffer.concat(
    Array.from({ length: 100 }, (_, at) => dataCapsule(first + 4 * (round * 100 + at), Buffer.from("x"))),
  );

/** The outer layer is HTTP/2 of Node's: what it is asked by hand, before anybody has shown a certificate. */
const outer = async (address: string, name: string): Promise<string> => {
  const attack = serverAttacks.find((one) => one.name === name)!;
  const socket = connectTls({ socket: await tcp(address), rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  const peer = new RawPeer(socket, { role: "client", ...attack.options });
  const startedAt = performance.now();
  const late = AbortSignal.timeout(patienceMs);
  try {
    await Promise.race([attack.run(peer), once(late, "abort")]);
    if (!peer.closed && !late.aborted) await Promise.race([peer.until(() => false), once(late, "abort")]);
    if (!peer.closed) throw new Error(`${name}: the connection stays`);
    return `cut after ${(performance.now() - startedAt).toFixed(0)} ms`;
  } finally {
    peer.destroy();
  }
};

const outerFloods = [
  "rapid reset (CVE-2023-44487)",
  "CONTINUATION without end, one byte each",
  "SETTINGS flood",
  "PING flood by a peer that never reads",
  "HPACK bomb: 65,536 references to a field of 1,000 bytes, again and again",
];

export const pipeAttacks: readonly PipeAttack[] = [
  { name: "TCP and nothing else", run: ({ address }) => socketsStay(() => tcp(address)) },
  {
    name: "half a handshake of the outer TLS",
    run: async ({ address }) => {
      const hello = half(await clientHello());
      return socketsStay(async () => {
        const socket = await tcp(address);
        socket.write(hello);
        return socket;
      });
    },
  },
  { name: "sessions without a stream", run: ({ address }) => strangersStay(address, async () => {}) },
  {
    name: "a pipe in which TLS is never begun",
    run: ({ address }) =>
      strangersStay(address, (stranger) => stranger.send(dataCapsule(1, Buffer.alloc(0)))),
  },
  {
    name: "half a handshake of the inner TLS",
    run: async ({ address }) => {
      const hello = half(await clientHello());
      return strangersStay(address, (stranger) => stranger.send(dataCapsule(1, hello)));
    },
  },
  {
    name: "the inner TLS to its end without a certificate",
    run: async ({ address, ca }) => {
      let turnedAway = 0;
      const come = async (): Promise<void> => {
        for (let count = 0; count < 10; count++) {
          await visitByWebTransport(address, { ca }).then(
            () => Promise.reject(new Error("it was let in")),
            () => turnedAway++,
          );
        }
      };
      await Promise.all(Array.from({ length: 8 }, come));
      return `${turnedAway} were turned away`;
    },
  },
  { name: "what is no TLS in the pipe", run: ({ address }) => pour(address, () => dataCapsule(1, block)) },
  { name: "datagrams", run: ({ address }) => pour(address, () => datagramCapsule(16_384)) },
  {
    name: "streams both ways in masses",
    run: ({ address }) => pour(address, (round) => newStreams(round, 1)),
  },
  {
    name: "streams one way in masses",
    run: ({ address }) => pour(address, (round) => newStreams(round, 3)),
  },
  ...outerFloods.map((name) => ({
    name: `${name}, in the outer HTTP/2`,
    run: ({ address }: PipeAttacker) => outer(address, name),
  })),
];
