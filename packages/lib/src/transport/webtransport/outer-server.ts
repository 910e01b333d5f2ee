import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { Http2Gate } from "./http2-gate.ts";
import { loadPackage } from "./load-package.ts";
import { http2ServersIn, sessionPath, widen, windows } from "./outer-layer.ts";
import type { PackageServer, PackageServerSession } from "./package-face.ts";
import { type StrangerLimits, Strangers } from "./strangers.ts";

export interface OuterServerOptions extends StrangerLimits {
  /** IP address to bind. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  /** Certificate and key as PEM. */
  readonly tls: SecureContextOptions;
}

/** The package's server, with what it lacks: an end at once, and bounds for those who are nobody yet. */
export class OuterServer {
  readonly address: string;
  /** Whether HTTP/3 is served beside HTTP/2. */
  readonly http3: boolean;
  readonly sessions: ReadableStream<PackageServerSession>;
  readonly #server: PackageServer;
  readonly #gates: readonly Http2Gate[];
  readonly #strangers: Strangers;

  private constructor(
    server: PackageServer,
    gates: readonly Http2Gate[],
    strangers: Strangers,
    http3: boolean,
  ) {
    this.#server = server;
    this.#gates = gates;
    this.#strangers = strangers;
    this.http3 = http3;
    const { host, port } = server.address() ?? { host: "", port: 0 };
    this.address = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
    this.sessions = server.sessionStream(sessionPath);
  }

  /** Binds. Rejects with the system's error, or ProxyError where the package is not there or not as expected. */
  static async open(options: OuterServerOptions): Promise<OuterServer> {
    const { api, http3 } = await loadPackage();
    const server = new api.HttpServer({
      ...windows,
      host: options.host,
      port: options.port,
      secret: randomBytes(32).toString("hex"),
      cert: String(options.tls.cert),
      privKey: String(options.tls.key),
      reliability: http3 ? "both" : "reliableOnly",
      initialBidirectionalStreams: 1,
      initialUnidirectionalStreams: 1,
    });
    server.ready.catch(() => undefined);
    await server.createTransportInt();
    const strangers = new Strangers(options);
    const gates = http2ServersIn(server).map((inner) => new Http2Gate(inner, strangers));
    server.startServer();
    await server.ready;
    return new OuterServer(server, gates, strangers, http3);
  }

  /** The client at `peer` has shown a certificate that is good. */
  known(peer: string): void {
    this.#strangers.known(peer);
    for (const gate of this.#gates) {
      const connection = gate.connectionOf(peer);
      if (connection !== undefined && !connection.destroyed) widen(connection);
    }
  }

  /** Bytes that came from `peer` so far; 0 over HTTP/3. */
  bytesFrom(peer: string): number {
    return Math.max(0, ...this.#gates.map((gate) => gate.connectionOf(peer)?.socket?.bytesRead ?? 0));
  }

  /** Ends the connection from `peer` at once. Over HTTP/3 there is nothing to hold it by. */
  cut(peer: string): void {
    for (const gate of this.#gates) gate.connectionOf(peer)?.destroy();
  }

  updateCertificate({ cert, key }: SecureContextOptions): void {
    this.#server.updateCert(String(cert), String(key), false);
  }

  /** Takes nobody new. */
  stop(): void {
    this.#server.stopServer();
    this.#strangers.destroy();
  }

  /** Ends every connection. */
  destroy(): void {
    for (const gate of this.#gates) gate.destroy();
  }
}
