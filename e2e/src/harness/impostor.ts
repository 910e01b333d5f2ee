import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { QuicEndpoint } from "@octoproxy/quic/endpoint";
import { QuicServer } from "@octoproxy/quic/options";
import type { Folder } from "./pair.ts";
import { hostAndPort } from "./raw-tunnel.ts";

const identityOf = async (folder: Folder) => {
  const file = (name: string): Promise<Buffer> => readFile(folder.file(`certs/${name}`));
  return {
    cert: await file("server/server.crt"),
    key: await file("server/server.key"),
    ca: await file("ca.crt"),
    requestCert: true,
    minVersion: "TLSv1.3",
  } as const;
};

/** Holds a server's UDP port and never says a word. */
export const silentUdp = async (address: string): Promise<AsyncDisposable> => {
  const { host, port } = hostAndPort(address);
  const socket = createSocket("udp4").bind(port, host);
  await once(socket, "listening");
  return {
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
};

/** Completes QUIC's handshake with the server's certificate, and never answers on a stream. */
export const silentAfterQuic = async (address: string, folder: Folder): Promise<AsyncDisposable> => {
  const { cert, key, ca } = await identityOf(folder);
  const server = new QuicServer({ cert, key, ca, alpn: ["octoproxy/1"], maxStreams: 16_384 });
  const endpoint = new QuicEndpoint(
    { address, server },
    { connection: (connection) => connection.use({ stream: () => {} }) },
  );
  return { [Symbol.asyncDispose]: () => endpoint.close() };
};

/** Something that listens where a server did and is none. */
export class Impostor implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  accepted = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.accepted++;
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Accepts TCP connections and never says a word. */
  static async silent(address: string): Promise<Impostor> {
    return await new Impostor(createServer((socket) => socket.resume())).#listen(address);
  }

  /** Completes TLS with the server's certificate, takes ours, and never says a word of HTTP/2. */
  static async silentAfterTls(address: string, folder: Folder): Promise<Impostor> {
    const server = createTlsServer({ ...(await identityOf(folder)), ALPNProtocols: ["h2"] });
    server.on("secureConnection", (socket) => socket.on("error", () => undefined).resume());
    return await new Impostor(server).#listen(address);
  }

  /** Speaks HTTP/2 and says of every tunnel that it failed by its own fault. */
  static async failing(address: string, folder: Folder): Promise<Impostor> {
    const server = createSecureServer(await identityOf(folder));
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => undefined);
      const status = "octoproxy-server; error=proxy_internal_error; octoproxy-code=INTERNAL";
      stream.respond({ ":status": 500, "proxy-status": status }, { endStream: true });
    });
    return await new Impostor(server).#listen(address);
  }

  async #listen(address: string): Promise<this> {
    this.#server.listen(hostAndPort(address));
    await once(this.#server, "listening");
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
