import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { RawPeer, type RawPeerOptions } from "@octoproxy/lib/transport/h2/testing/raw-peer";
import type { Folder } from "../harness/pair.ts";

/** Where a server would be: speaks TLS with a certificate of the folder and then as a test wants. */
export class HostileServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  #next = Promise.withResolvers<RawPeer>();

  private constructor(server: Server, options: Partial<RawPeerOptions>) {
    this.#server = server;
    server.on("tlsClientError", () => undefined);
    server.on("secureConnection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#next = Promise.withResolvers();
      });
      this.#next.resolve(new RawPeer(socket, { role: "server", ...options }));
    });
  }

  /** @param certificate `server`, or the name of another one below `certs/`. */
  static async start(
    folder: Folder,
    options: Partial<RawPeerOptions> = {},
    certificate = "server",
  ): Promise<HostileServer> {
    const file = (name: string): Buffer => readFileSync(folder.file(`certs/${name}`));
    const identity = {
      cert: file(`${certificate}/${certificate}.crt`),
      key: file(`${certificate}/${certificate}.key`),
    };
    const tls = createServer({ ...identity, ca: file("ca.crt"), requestCert: true, ALPNProtocols: ["h2"] });
    const server = new HostileServer(tls, options);
    tls.listen(0, "127.0.0.1");
    await once(tls, "listening");
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The client that is here, or the next that comes. */
  get peer(): Promise<RawPeer> {
    return this.#next.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
