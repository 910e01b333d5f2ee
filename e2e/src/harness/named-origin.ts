import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { page } from "./origin.ts";
import { expectDone, type Folder } from "./pair.ts";

/** What came to it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly secure: boolean;
  /** Of plain HTTP through the proxy; what comes through a tunnel has none. */
  readonly via: string | undefined;
  readonly agent: string;
}

/**
 * `http://origin.test` and `https://origin.test`: names that resolve nowhere, so that only who goes through the proxy gets there. WebSockets
 * are echoed on both.
 */
export class NamedOrigin implements AsyncDisposable {
  readonly #plain: Server;
  readonly #secure: ReturnType<typeof createSecureServer>;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly seen: SeenRequest[] = [];

  private constructor(serve: RequestListener) {
    const listener: RequestListener = (request, response) => {
      this.seen.push({
        method: request.method ?? "",
        path: request.url ?? "",
        secure: "encrypted" in request.socket,
        via: request.headers.via,
        agent: request.headers["user-agent"] ?? "",
      });
      serve(request, response);
    };
    this.#plain = createServer(listener);
    this.#secure = createSecureServer(listener);
    for (const server of [this.#plain, this.#secure])
      server.on("upgrade", (request, socket, head) =>
        this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
          webSocket.on("message", (data, isBinary) => webSocket.send(data, { binary: isBinary })),
        ),
      );
  }

  /** @param serve default: a page. */
  static async start(serve: RequestListener = (_, response) => response.end(page)): Promise<NamedOrigin> {
    const origin = new NamedOrigin(serve);
    for (const server of [origin.#plain, origin.#secure]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return origin;
  }

  /** The host rules that lead to it. */
  get rules(): string {
    const rule = (port: number, server: Server): string =>
      `["origin.test:${port}"]\nrewrite = "127.0.0.1:${(server.address() as AddressInfo).port}"\n`;
    return rule(80, this.#plain) + rule(443, this.#secure);
  }

  /** Gets a certificate from the folder's CA. */
  async certify(folder: Folder): Promise<void> {
    const certs = folder.file("certs");
    const signed = ["--cacert", join(certs, "ca.crt"), "--cakey", join(certs, "ca.key"), "-o", certs];
    const name = ["--common-name", "origin.test", "--san", "DNS:origin.test", "--usage", "server"];
    await expectDone(["easycert", "gen", "origin", ...name, ...signed]);
    const [cert, key] = await Promise.all(
      ["crt", "key"].map((end) => readFile(join(certs, "origin", `origin.${end}`))),
    );
    this.#secure.setSecureContext({ cert: cert!, key: key! });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    for (const server of [this.#plain, this.#secure]) {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    }
  }
}
