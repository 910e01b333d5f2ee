import { once } from "node:events";
import { connect, createSecureServer, type Http2Stream, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Carrier, End } from "./end.ts";
import type { Material } from "./own.ts";
import { serve } from "./serve.ts";

const settings = { initialWindowSize: 2 << 20, maxFrameSize: 256 << 10 };

class NodeEnd implements End {
  onData: (chunk: Uint8Array) => void = () => {};
  onEnd: () => void = () => {};
  onDrain: () => void = () => {};
  readonly #stream: Http2Stream;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.onData(chunk));
    stream.on("end", () => this.onEnd());
    stream.on("drain", () => this.onDrain());
    stream.on("error", () => {});
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.write(chunk);
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    this.#stream.close(8);
  }
}

/** A plain `node:http2` server with the same windows. @returns the port. */
export const serveNode = async (tls: Material): Promise<number> => {
  const server = createSecureServer({
    ...tls,
    requestCert: true,
    minVersion: "TLSv1.3",
    maxSessionMemory: 1000,
    streamResetBurst: 1_000_000,
    streamResetRate: 1_000_000,
    settings: { ...settings, maxConcurrentStreams: 20_000 },
  });
  server.on("session", (session) => session.setLocalWindowSize(16 << 20));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.respond({ ":status": 200 });
    serve(new NodeEnd(stream), String(headers[":authority"]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

export const connectNode = async (port: number, tls: Material): Promise<Carrier> => {
  const session = connect(`https://localhost:${port}`, {
    ...tls,
    minVersion: "TLSv1.3",
    maxSessionMemory: 1000,
    settings: { ...settings, enablePush: false },
  });
  await once(session, "remoteSettings");
  session.setLocalWindowSize(16 << 20);
  return {
    open: async (target) => {
      const stream = session.request({ ":method": "CONNECT", ":authority": target }, { endStream: false });
      await once(stream, "response");
      return new NodeEnd(stream);
    },
    close: () => session.destroy(),
  };
};
