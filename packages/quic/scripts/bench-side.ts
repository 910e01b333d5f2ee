// The client's half of both columns.

import { once } from "node:events";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { QuicEndpoint } from "../src/endpoint.ts";
import type { StreamHandle } from "../src/handles.ts";
import { QuicClient } from "../src/options.ts";
import type { Identity } from "../src/testing/authority.ts";

export interface Identities {
  readonly ca: string;
  readonly server: Identity;
  readonly client: Identity;
}

export interface Side {
  download(bytes: number): Promise<void>;
  upload(bytes: number): Promise<void>;
  openUseClose(): Promise<void>;
  /** @returns the median in microseconds. */
  pingPong(trips: number): Promise<number>;
  idle(count: number): Promise<() => void>;
  close(): Promise<void>;
}

export const transport = {
  initialMtu: 1472,
  mtuUpperBound: 1472,
  streamReceiveWindow: 2 ** 22,
  receiveWindow: 2 ** 24,
  maxStreams: 16_384,
};

const chunk = Buffer.alloc(64 * 1024, 7);

export const connectSide = (name: string, port: number, identities: Identities): Promise<Side> =>
  name === "http2" ? http2Side(port, identities) : quicSide(port, identities);

/** First byte of a stream says what the server does: `d` + count, `u`, `e` (echo). */
const order = (kind: string, bytes = 0): Buffer => {
  const head = Buffer.alloc(9);
  head.write(kind);
  head.writeBigUInt64BE(BigInt(bytes), 1);
  return head;
};

const quicSide = async (port: number, { ca, client }: Identities): Promise<Side> => {
  const endpoint = new QuicEndpoint({ address: "127.0.0.1:0" });
  const settings = new QuicClient({ ...client, ca, alpn: ["bench"], ...transport });
  const connection = await endpoint.connect(settings, `127.0.0.1:${port}`, "localhost");
  /** Resolves at the end of the stream; `each` sees the bytes. */
  const drain = (
    stream: StreamHandle,
    each: (bytes: number) => void,
    writable = (): void => {},
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      const readable = (): void => {
        do {
          const bytes = stream.read();
          if (bytes !== undefined) each(bytes.length);
        } while (stream.more);
        if (stream.ended) resolve();
      };
      stream.use({ readable, writable, stopped: reject, aborted: reject });
      readable();
    });
  return {
    async download(bytes) {
      const stream = await connection.open();
      stream.write(order("d", bytes));
      stream.finish();
      let got = 0;
      await drain(stream, (count) => {
        got += count;
      });
      if (got !== bytes) throw new Error(`${got} of ${bytes}`);
    },
    async upload(bytes) {
      const stream = await connection.open();
      stream.write(order("u"));
      let left = bytes;
      let offset = 0;
      const pump = (): void => {
        while (left > 0) {
          const taken = stream.write(chunk, offset);
          left -= taken;
          offset += taken;
          if (offset < chunk.length) return;
          offset = 0;
        }
        stream.finish();
      };
      const done = drain(stream, () => {}, pump);
      pump();
      await done;
    },
    async openUseClose() {
      const stream = await connection.open();
      stream.write(order("e"));
      stream.finish();
      await drain(stream, () => {});
    },
    async pingPong(trips) {
      const stream = await connection.open();
      const times: number[] = [];
      let at = performance.now();
      let pending = 9;
      stream.write(order("e"));
      const ping = chunk.subarray(0, 100);
      await drain(stream, (count) => {
        pending -= count;
        if (pending > 0) return;
        times.push(performance.now() - at);
        if (times.length > trips) return stream.finish();
        at = performance.now();
        pending = 100;
        stream.write(ping);
      });
      return median(times) * 1000;
    },
    async idle(count) {
      const streams: StreamHandle[] = [];
      for (let at = 0; at < count; at++) {
        const stream = await connection.open();
        stream.write(order("e"));
        await new Promise<void>((resolve) => {
          const readable = (): void => {
            if (stream.read() !== undefined) resolve();
          };
          stream.use({ readable, writable: () => {}, stopped: () => {}, aborted: () => {} });
          readable();
        });
        streams.push(stream);
      }
      return () => {
        for (const stream of streams) stream.destroy(1);
      };
    },
    close: () => endpoint.close(),
  };
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

const http2Side = async (port: number, { ca, client }: Identities): Promise<Side> => {
  const session = connectHttp2(`https://localhost:${port}`, {
    ca,
    ...client,
    lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }] as never, 4),
    settings: { initialWindowSize: 2 ** 22 },
  });
  await once(session, "remoteSettings");
  session.setLocalWindowSize(2 ** 24);
  const open = () => session.request({ ":method": "POST" }, { endStream: false });
  return {
    async download(bytes) {
      const stream = open();
      stream.end(order("d", bytes));
      let got = 0;
      stream.on("data", (data: Buffer) => {
        got += data.length;
      });
      await once(stream, "end");
      if (got !== bytes) throw new Error(`${got} of ${bytes}`);
    },
    async upload(bytes) {
      const stream = open();
      stream.write(order("u"));
      for (let left = bytes; left > 0; left -= chunk.length)
        if (!stream.write(chunk)) await once(stream, "drain");
      stream.end();
      stream.resume();
      await once(stream, "end");
    },
    async openUseClose() {
      const stream = open();
      stream.end(order("e"));
      stream.resume();
      await once(stream, "end");
    },
    async pingPong(trips) {
      const stream = open();
      const times: number[] = [];
      let at = performance.now();
      let pending = 9;
      stream.write(order("e"));
      const ping = chunk.subarray(0, 100);
      stream.on("data", (data: Buffer) => {
        pending -= data.length;
        if (pending > 0) return;
        times.push(performance.now() - at);
        if (times.length > trips) return stream.end();
        at = performance.now();
        pending = 100;
        stream.write(ping);
      });
      await once(stream, "end");
      return median(times) * 1000;
    },
    async idle(count) {
      const streams: ClientHttp2Stream[] = [];
      for (let at = 0; at < count; at++) {
        const stream = open();
        stream.on("error", () => {});
        stream.write(order("e"));
        await once(stream, "data");
        streams.push(stream);
      }
      return () => {
        for (const stream of streams) stream.end();
      };
    },
    async close() {
      session.destroy();
    },
  };
};
