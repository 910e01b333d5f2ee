import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { encodeHead } from "@octoproxy/lib/tunnel/head-codec";
import type { QuicConnection } from "@octoproxy/quic/connection";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import type { StreamHandle } from "@octoproxy/quic/handles";
import type { QuicClient } from "@octoproxy/quic/options";
import { hostAndPort } from "../harness/raw-tunnel.ts";
import type { WireTargets } from "./wire-targets.ts";

/** What an attacker has. */
export interface QuicAttacker {
  readonly endpoint: QuicEndpoint;
  readonly client: QuicClient;
  /** The server. */
  readonly address: string;
  readonly targets: WireTargets;
}

export interface QuicAttack {
  readonly name: string;
  readonly certificate: boolean;
  /** @returns how much of it there was. */
  run(attacker: QuicAttacker): Promise<string>;
}

export const connect = ({ endpoint, client, address }: QuicAttacker): Promise<QuicConnection> =>
  endpoint.connect(client, address, "localhost", AbortSignal.timeout(20_000));

const nobody = { readable: () => {}, writable: () => {}, stopped: () => {}, aborted: () => {} };

/**
 * Runs `one` on so many streams of a connection, as fast as the server gives them; ends early with the connection.
 * @returns on how many.
 */
const onStreams = async (
  connection: QuicConnection,
  count: number,
  one: (stream: StreamHandle) => void,
): Promise<number> => {
  for (let number = 0; number < count; number++) {
    if (connection.error !== undefined) return number;
    try {
      const stream = connection.tryOpen() ?? (await connection.open(AbortSignal.timeout(10_000)));
      stream.use(nobody);
      one(stream);
      if (number % 50 === 49) await new Promise((resolve) => setImmediate(resolve)); // or nothing goes out
    } catch {
      return number; // no more streams: the server's limit, or its end of the connection
    }
  }
  return count;
};

const withConnection = async (
  attacker: QuicAttacker,
  work: (connection: QuicConnection) => Promise<number>,
): Promise<string> => {
  const connection = await connect(attacker);
  try {
    const count = await work(connection);
    await signOfLife(connection);
    return `${count} streams`;
  } finally {
    connection.close();
  }
};

/**
 * Waits for the server's answer to a question that was put last: the rest has been sent, and most of it dealt with. Not
 * for long: who reads nothing may have no window left for an answer.
 */
const signOfLife = async (connection: QuicConnection): Promise<void> => {
  const stream = await connection.open(AbortSignal.timeout(20_000));
  const answered = new Promise<void>((resolve) => {
    const done = (): void => resolve();
    stream.use({ readable: done, writable: done, stopped: done, aborted: done });
    stream.write(Buffer.from([0, 0]));
    stream.finish();
    if (stream.read() !== undefined) resolve();
  });
  await Promise.race([answered, linger(2000)]);
};

/** What an attack that only holds is held for. */
const linger = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const abort = 1;
const tunnels = 5000;

export const quicAttacks: readonly QuicAttack[] = [
  {
    name: "tunnels that are reset at once",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, (connection) =>
        onStreams(connection, tunnels, (stream) => {
          stream.write(encodeHead(attacker.targets.authorityOf("wait.test:1")));
          stream.destroy(abort);
        }),
      ),
  },
  {
    name: "tunnels that are reset a moment later",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, async (connection) => {
        const open: StreamHandle[] = [];
        return await onStreams(connection, tunnels, (stream) => {
          stream.write(encodeHead(attacker.targets.authorityOf("wait.test:1")));
          open.push(stream);
          if (open.length < 120) return;
          for (const one of open.splice(0, 60)) one.destroy(abort);
        });
      }),
  },
  {
    name: "heads that never end",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, async (connection) => {
        const count = await onStreams(connection, 1000, (stream) => stream.write(Buffer.from([4, 0, 97])));
        await linger(1000);
        return count;
      }),
  },
  {
    name: "heads without sense",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, (connection) =>
        onStreams(connection, tunnels, (stream) => {
          stream.write(Buffer.from("\x00\x08\x01\xff\x00\n::::::::", "latin1"));
          stream.stop(abort);
        }),
      ),
  },
  {
    name: "questions for a sign of life without end",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, (connection) =>
        onStreams(connection, tunnels, (stream) => {
          stream.write(Buffer.from([0, 0]));
          stream.finish();
          stream.stop(abort);
        }),
      ),
  },
  {
    name: "uploads that nobody reads",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, async (connection) => {
        const piece = Buffer.alloc(2 ** 20);
        const count = await onStreams(connection, 60, (stream) => {
          stream.write(encodeHead(attacker.targets.authorityOf("stuck.test:1")));
          stream.write(piece);
        });
        await linger(1500);
        return count;
      }),
  },
  {
    name: "downloads that are never read",
    certificate: true,
    run: (attacker) =>
      withConnection(attacker, async (connection) => {
        const count = await onStreams(connection, 100, (stream) =>
          stream.write(encodeHead(attacker.targets.authorityOf("source.test:64"))),
        );
        await linger(1500);
        return count;
      }),
  },
  {
    name: "connections without end",
    certificate: true,
    run: async (attacker) => {
      const one = async (): Promise<void> => {
        for (let count = 0; count < 25; count++) (await connect(attacker).catch(() => undefined))?.close();
      };
      await Promise.all(Array.from({ length: 8 }, one));
      return "200 connections";
    },
  },
  {
    name: "whole handshakes without a certificate",
    certificate: false,
    run: async (attacker) => {
      const one = async (): Promise<void> => {
        for (let count = 0; count < 25; count++) {
          const connection = await connect(attacker).catch(() => undefined);
          if (connection !== undefined) throw new Error("it was let in");
        }
      };
      await Promise.all(Array.from({ length: 16 }, one));
      return "400 handshakes";
    },
  },
  {
    name: "20 MB of packets without sense",
    certificate: false,
    run: async ({ address }) => {
      const { host, port } = hostAndPort(address);
      const socket = createSocket("udp4");
      const noise = Array.from({ length: 64 }, (_, at) => {
        const packet = randomBytes(1200);
        packet[0] = at % 2 === 0 ? 0xc0 | (packet[0]! & 0x3f) : packet[0]! & 0x7f; // long and short headers
        if (at % 4 === 0) packet.writeUInt32BE(1, 1); // QUIC's version 1
        return packet;
      });
      for (let sent = 0; sent < 20_000_000; ) {
        const batch = noise.map((packet) => {
          sent += packet.length;
          return new Promise((resolve) => socket.send(packet, port, host, resolve));
        });
        await Promise.all(batch);
      }
      socket.close();
      return "16,700 packets";
    },
  },
];

export const newAttackers = (): QuicEndpoint => new QuicEndpoint({ address: "127.0.0.1:0" }).unref();
